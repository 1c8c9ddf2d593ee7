"""Serves a file that behaves like /dev/i2c-1, with simulated chips behind it, by FUSE.

    python i2c_device_file.py FOLDER WORLD_FILE

A write or read on the file reaches the chip selected by I2C_SLAVE; I2C_RDWR comes with a
pointer into the caller's memory, which is read and written through /proc.
Source: Linux Documentation/i2c/dev-interface.rst; uapi/linux/i2c.h.
"""

import errno
import stat
import struct
import sys
from pathlib import Path

import mfusepy as fuse

from dt import plugins
from dt.errors import BusStuckError, HardwareAbsentError, HardwareError
from dt.hardware.chip import Placement
from dt.hardware.faults import WorldFile
from dt.hardware.sim import Calm, SimBuses

SLAVE, FUNCS, SLAVE_FORCE, RDWR = 0x703, 0x705, 0x706, 0x707
READ = 0x0001
EVERYTHING = 0x0EFF0001
NAME = "i2c-1"


class DeviceFile(fuse.Operations):
    use_ns = True

    def __init__(self, world):
        buses = SimBuses()
        conditions = buses.conditions
        conditions.world = WorldFile(world, conditions.faults, conditions.time)
        for kind in ("bh1750", "stemma_soil", "sht31", "bme280"):
            buses.attach(plugins.load("dt.simulators", kind), Placement(), Calm())
        self.bus = buses.i2c(1)
        self.selected = {}
        self.opened = 0

    def getattr(self, path, fh=None):
        if path == "/":
            return {"st_mode": stat.S_IFDIR | 0o755, "st_nlink": 2}
        if path == f"/{NAME}":
            return {"st_mode": stat.S_IFREG | 0o666, "st_nlink": 1, "st_size": 0}
        raise fuse.FuseOSError(errno.ENOENT)

    def readdir(self, path, fh):
        return [".", "..", NAME]

    def open(self, path, fi):
        self.opened += 1
        fi.fh = self.opened
        fi.direct_io = True
        fi.nonseekable = True
        return 0

    def truncate(self, path, length, fh=None):
        return 0

    def read(self, path, size, offset, fi):
        return ask(self.bus.read, self.selected[fi.fh], size)

    def write(self, path, data, offset, fi):
        ask(self.bus.write, self.selected[fi.fh], bytes(data))
        return len(data)

    def ioctl(self, path, command, argument, fi, flags, data):
        command &= 0xFFFFFFFF
        if command in (SLAVE, SLAVE_FORCE):
            self.selected[fi.fh] = argument or 0
            return 0
        if command not in (RDWR, FUNCS):
            raise fuse.FuseOSError(errno.ENOTTY)
        caller = fuse.fuse_get_context()[2]
        with Path(f"/proc/{caller}/mem").open("r+b", buffering=0) as memory:
            if command == FUNCS:
                put(memory, argument, struct.pack("Q", EVERYTHING))
                return 0
            return self.transfer(memory, argument)

    def transfer(self, memory, argument):
        messages, count = struct.unpack("QI", get(memory, argument, 12))
        for index in range(count):
            head = get(memory, messages + 16 * index, 16)
            address, flags, length, buffer = struct.unpack("HHH2xQ", head)
            if flags & READ:
                put(memory, buffer, ask(self.bus.read, address, length))
            else:
                data = get(memory, buffer, length) if length else b""
                ask(self.bus.write, address, data)
        return count


def ask(call, *arguments):
    try:
        return call(*arguments)
    except HardwareAbsentError:
        raise fuse.FuseOSError(errno.EREMOTEIO) from None
    except BusStuckError:
        raise fuse.FuseOSError(errno.ETIMEDOUT) from None
    except HardwareError:
        raise fuse.FuseOSError(errno.EIO) from None


def get(memory, address, count):
    memory.seek(address)
    return memory.read(count)


def put(memory, address, data):
    memory.seek(address)
    memory.write(data)


if __name__ == "__main__":
    fuse.FUSE(
        DeviceFile(Path(sys.argv[2])),
        sys.argv[1],
        foreground=True,
        nothreads=True,
        raw_fi=True,
    )
