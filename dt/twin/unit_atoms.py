"""The unit tables: UCUM atoms and prefixes, SenML names, what a person writes and sees.

Source: The Unified Code for Units of Measure, version 2.2, tables 1–27 (case sensitive
codes); RFC 8428 section 12.1 and RFC 8798 sections 2 and 3 (SenML units).
"""

from dataclasses import dataclass
from types import MappingProxyType

BASES = ("m", "s", "g", "rad", "K", "C", "cd")
"""UCUM's base units, in the order of every dimension vector (table 2)."""

PREFIXES = MappingProxyType(
    {
        "Y": 1e24, "Z": 1e21, "E": 1e18, "P": 1e15, "T": 1e12, "G": 1e9, "M": 1e6,
        "k": 1e3, "h": 1e2, "da": 1e1, "d": 1e-1, "c": 1e-2, "m": 1e-3, "u": 1e-6,
        "n": 1e-9, "p": 1e-12, "f": 1e-15, "a": 1e-18, "z": 1e-21, "y": 1e-24,
        "Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30, "Ti": 2.0**40,
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Atom:
    """One unit atom: `value` times the unit `code`, and whether it takes prefixes."""

    value: float
    code: str
    metric: bool = False


_M = True
ATOMS = MappingProxyType(
    {
        # dimensionless (table 3)
        "10*": Atom(10, "1"), "10^": Atom(10, "1"),
        "[pi]": Atom(3.141592653589793, "1"),
        "%": Atom(1e-2, "1"), "[ppth]": Atom(1e-3, "1"), "[ppm]": Atom(1e-6, "1"),
        "[ppb]": Atom(1e-9, "1"), "[pptr]": Atom(1e-12, "1"),
        "bit": Atom(1, "1", _M), "By": Atom(8, "bit", _M), "Bd": Atom(1, "s-1", _M),
        # SI (table 4)
        "mol": Atom(6.02214076e23, "1", _M), "sr": Atom(1, "rad2", _M),
        "Hz": Atom(1, "s-1", _M), "N": Atom(1, "kg.m/s2", _M),
        "Pa": Atom(1, "N/m2", _M), "J": Atom(1, "N.m", _M), "W": Atom(1, "J/s", _M),
        "A": Atom(1, "C/s", _M), "V": Atom(1, "J/C", _M), "F": Atom(1, "C/V", _M),
        "Ohm": Atom(1, "V/A", _M), "S": Atom(1, "Ohm-1", _M),
        "Wb": Atom(1, "V.s", _M), "T": Atom(1, "Wb/m2", _M), "H": Atom(1, "Wb/A", _M),
        "lm": Atom(1, "cd.sr", _M), "lx": Atom(1, "lm/m2", _M),
        "Bq": Atom(1, "s-1", _M), "Gy": Atom(1, "J/kg", _M), "Sv": Atom(1, "J/kg", _M),
        "kat": Atom(1, "mol/s", _M),
        # used with SI (table 5)
        "gon": Atom(0.9, "deg"), "deg": Atom(2, "[pi].rad/360"),
        "'": Atom(1, "deg/60"), "''": Atom(1, "'/60"),
        "l": Atom(1, "dm3", _M), "L": Atom(1, "l", _M), "ar": Atom(100, "m2", _M),
        "min": Atom(60, "s"), "h": Atom(60, "min"), "d": Atom(24, "h"),
        "wk": Atom(7, "d"), "a": Atom(365.25, "d"), "a_j": Atom(365.25, "d"),
        "mo": Atom(1, "a_j/12"), "mo_j": Atom(1, "a_j/12"),
        "t": Atom(1e3, "kg", _M), "bar": Atom(1e5, "Pa", _M),
        "u": Atom(1.66053906660e-24, "g", _M), "eV": Atom(1.602176634e-19, "J", _M),
        "AU": Atom(149597.870691, "Mm"), "pc": Atom(3.085678e16, "m", _M),
        # physics, medicine, pressure (tables 6, 7, 17–26)
        "[c]": Atom(299792458, "m/s", _M), "[g]": Atom(9.80665, "m/s2", _M),
        "atm": Atom(101325, "Pa"), "m[Hg]": Atom(133.3220, "kPa", _M),
        "m[H2O]": Atom(9.80665, "kPa", _M), "[in_i'Hg]": Atom(1, "m[Hg].[in_i]/m"),
        "[in_i'H2O]": Atom(1, "m[H2O].[in_i]/m"), "[psi]": Atom(1, "[lbf_av]/[in_i]2"),
        "erg": Atom(1e-7, "J", _M), "dyn": Atom(1e-5, "N", _M), "G": Atom(1e-4, "T", _M),
        "P": Atom(0.1, "Pa.s", _M), "St": Atom(1e-4, "m2/s", _M),
        "gf": Atom(1, "g.[g]", _M),
        "cal": Atom(4.184, "J", _M), "[Cal]": Atom(1, "kcal"),
        "[Btu]": Atom(1.05435, "kJ"), "[HP]": Atom(550, "[ft_i].[lbf_av]/s"),
        "Ci": Atom(3.7e10, "Bq", _M),
        # customary (tables 8–16)
        "[in_i]": Atom(2.54, "cm"), "[ft_i]": Atom(12, "[in_i]"),
        "[yd_i]": Atom(3, "[ft_i]"), "[mi_i]": Atom(5280, "[ft_i]"),
        "[nmi_i]": Atom(1852, "m"), "[kn_i]": Atom(1, "[nmi_i]/h"),
        "[gr]": Atom(64.79891, "mg"), "[lb_av]": Atom(7000, "[gr]"),
        "[oz_av]": Atom(1, "[lb_av]/16"), "[lbf_av]": Atom(1, "[lb_av].[g]"),
        "[gal_us]": Atom(231, "[in_i]3"), "[acr_us]": Atom(4046.872609874252, "m2"),
        "[cft_i]": Atom(1, "[ft_i]3"), "[degR]": Atom(5 / 9, "K"),
    }
)  # fmt: skip

SENML = MappingProxyType(
    {
        "l": "L", "l/s": "L/s", "count": "{count}", "/": "1", "%RH": "%", "%EL": "%",
        "EL": "s", "lat": "deg", "lon": "deg", "pH": "[pH]", "beats": "{beat}",
        "beat/min": "{beat}/min", "Bspl": "B[SPL]", "B": "By", "B/s": "By/s",
        "MB/s": "MBy/s", "KiB": "KiBy", "GB": "GBy", "VA": "V.A", "VAs": "V.A.s",
        "kVA": "kV.A", "VAh": "V.A.h", "kVAh": "kV.A.h", "var": "V.A{var}",
        "vars": "V.A{var}.s", "kvar": "kV.A{var}", "varh": "V.A{var}.h",
        "kvarh": "kV.A{var}.h", "Ah": "A.h", "Wh": "W.h", "kWh": "kW.h",
        "Wh/km": "W.h/km", "J/m": "J/m", "ppm": "[ppm]", "/100": "%",
        "/1000": "[ppth]", "NTU": "{NTU}",
    }
)  # fmt: skip
"""SenML name to UCUM code, where they differ: ``B`` is a byte in SenML, a bel in UCUM."""

ALIASES = MappingProxyType(
    {name: code for name, code in SENML.items() if name not in {"B", "B/s", "l"}}
    | {
        "MWh": "MW.h", "mWh": "mW.h", "mAh": "mA.h", "ppb": "[ppb]", "rpm": "{rev}/min",
    }
)  # fmt: skip
"""What is accepted in a twin besides UCUM, because no UCUM code means something else."""

MEANT = MappingProxyType(
    {
        "C": "Cel", "°C": "Cel", "ºC": "Cel", "degC": "Cel", "celsius": "Cel",
        "°F": "[degF]", "degF": "[degF]", "fahrenheit": "[degF]", "kelvin": "K",
        "percent": "%", "pct": "%", "rh": "%", "lux": "lx", "mbar": "mbar", "psi": "[psi]",
        "volt": "V", "volts": "V", "watt": "W", "watts": "W", "kwh": "kW.h", "wh": "W.h",
        "ph": "[pH]", "sec": "s", "seconds": "s", "hour": "h", "hours": "h", "day": "d",
        "minutes": "min", "m³": "m3", "m²": "m2", "m^2": "m2", "m^3": "m3", "byte": "By",
        "bytes": "By", "kb": "kBy", "mb": "MBy", "gb": "GBy", "kB": "kBy", "MB": "MBy",
        "TB": "TBy", "bits": "bit", "bps": "bit/s", "ohm": "Ohm", "Ω": "Ohm", "°": "deg",
        "degree": "deg", "degrees": "deg", "kph": "km/h", "mph": "[mi_i]/h",
        "inch": "[in_i]", "in": "[in_i]", "ft": "[ft_i]", "lb": "[lb_av]", "none": "1",
        "liter": "L", "litre": "L", "lpm": "L/min", "ratio": "1", "unit": "1",
        "µm": "um", "µg/m3": "ug/m3", "µg/m³": "ug/m3", "µS/cm": "uS/cm",
        "image": "{image}", "celcius": "Cel",
    }
)  # fmt: skip
"""What people write and the code that they mean; a suggestion, never accepted."""

COMMON = (
    "1", "%", "[ppm]", "[pH]", "Cel", "[degF]", "K", "Pa", "hPa", "kPa", "bar", "lx",
    "lm", "V", "mV", "A", "mA", "W", "kW", "W.h", "kW.h", "J", "kJ", "VA", "var", "m",
    "mm", "cm", "km", "um", "s", "ms", "min", "h", "d", "Hz", "kHz", "1/min", "m/s",
    "km/h", "m/s2", "m2", "m3", "m3/h", "L", "mL", "L/min", "g", "kg", "t", "N", "By",
    "kBy", "MBy", "GBy", "By/s", "kBy/s", "bit/s", "Mbit/s", "dB", "dBm", "deg", "rad",
    "deg/s", "Ohm", "kOhm", "S", "uS/cm", "T", "uT", "ug/m3", "g/m3", "W/m2", "mol",
    "umol/m2/s", "cd", "{count}", "mm/h", "F",
)  # fmt: skip
"""What a twin usually says, to find the nearest of."""

SHOWN = MappingProxyType(
    {
        "1": "", "10*": "10", "10^": "10", "Cel": "°C", "[degF]": "°F", "[degR]": "°R",
        "deg": "°", "Ohm": "Ω", "By": "B", "[ppth]": "‰", "[ppm]": "ppm", "[ppb]": "ppb",
        "[pptr]": "ppt", "[pH]": "pH", "[pi]": "π", "[in_i]": "in", "[ft_i]": "ft",
        "[yd_i]": "yd", "[mi_i]": "mi", "[nmi_i]": "nmi", "[kn_i]": "kn", "[psi]": "psi",
        "[lb_av]": "lb", "[oz_av]": "oz", "[lbf_av]": "lbf", "[gal_us]": "gal",
        "[Btu]": "BTU", "[HP]": "hp", "[Cal]": "kcal", "[g]": "g₀", "[c]": "c",
        "m[Hg]": "mHg", "m[H2O]": "mH₂O", "[in_i'Hg]": "inHg", "[in_i'H2O]": "inH₂O",
        "[acr_us]": "acre", "[cft_i]": "ft³", "B[SPL]": "B SPL", "a_j": "a", "mo_j": "mo",
        "'": "′", "''": "″", "ar": "a", "var": "var", "vars": "var·s", "kvar": "kvar",
        "varh": "varh", "kvarh": "kvarh", "rpm": "rpm",
    }
)  # fmt: skip
"""How an atom or a whole code looks to a person, where that is not its code."""
