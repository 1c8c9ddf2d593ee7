# Sourced by scripts/run and scripts/test: makes .venv and installs an extra into it.
# Needs a POSIX shell, python3 >= 3.11 and its venv module; nothing else.

root=$(cd "$(dirname "$0")/.." && pwd)
venv=${DT_VENV:-$root/.venv}

say() { printf '%s\n' "$*" >&2; }

find_python() { # prints the first python that is new enough
  for python in python3 python3.13 python3.12 python3.11; do
    if command -v "$python" >/dev/null 2>&1 &&
      "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$python"
      return 0
    fi
  done
  say "Python 3.11 or newer is missing. Install it with: sudo apt-get install python3 python3-venv"
  return 1
}

make_venv() { # makes the virtual environment if it is not there
  [ -x "$venv/bin/python" ] && "$venv/bin/python" -c 'import pip' 2>/dev/null && return 0
  python=$(find_python) || return 1
  if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
    say "Python's venv module is missing. Install it with: sudo apt-get install python3-venv"
    return 1
  fi
  say "Making a virtual environment in $venv"
  "$python" -m venv --clear "$venv" || {
    say "It could not be made: let this user write there, or name another folder: DT_VENV=FOLDER scripts/run"
    return 1
  }
}

install_extra() { # EXTRA: installs the checkout with an extra, once per pyproject.toml
  stamp="$venv/.installed-$1"
  wanted="$root $(cksum <"$root/pyproject.toml")"
  [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && return 0
  say "Installing what $1 needs (wheels only; about a minute)"
  PIP_DISABLE_PIP_VERSION_CHECK=1 "$venv/bin/python" -m pip install --quiet \
    --prefer-binary --only-binary :all: --editable "$root[$1]" || {
    say "The installation failed, see above. Check the network and that the disk has 1 GB free, then start again."
    return 1
  }
  printf '%s\n' "$wanted" >"$stamp"
}
