"""Moist air: vapour pressure, its deficit, dew point, absolute humidity, heat index.

Saturation over water in the form of Magnus, ``e = 0.6108 exp(17.27 t / (t + 237.3))``
kPa, t in Cel. Source: Allen, Pereira, Raes, Smith: Crop evapotranspiration, FAO Irrigation
and Drainage Paper 56 (1998), equation 11; good to 0.3 % from -20 to 50 Cel.
"""

import numpy as np

from dt.twin.readings import Floats

_A, _B, _E0 = 17.27, 237.3, 0.6108
_R_VAPOUR = 461.5  # J/(kg.K), gas constant of water vapour


def saturation(temperature: Floats) -> Floats:
    """Return the saturation vapour pressure in kPa; temperature in Cel.

    Source: FAO 56, equation 11.
    """
    return np.asarray(_E0 * np.exp(_A * temperature / (temperature + _B)))


def vpd(temperature: Floats, humidity: Floats) -> Floats:
    """Return the vapour pressure deficit in kPa; temperature in Cel, humidity in %.

    Source: FAO 56, chapter 3, "vapour pressure deficit (es - ea)".
    """
    return saturation(temperature) * (1.0 - humidity / 100.0)


def dew_point(temperature: Floats, humidity: Floats) -> Floats:
    """Return the dew point in Cel; temperature in Cel, humidity in %; dry air: NaN.

    Source: FAO 56, equation 11 solved for t (its equation 3-11 in annex 3).
    """
    pressure = saturation(temperature) * humidity / 100.0
    logarithm = np.log(pressure / _E0)
    return np.asarray(_B * logarithm / (_A - logarithm))


def abs_humidity(temperature: Floats, humidity: Floats) -> Floats:
    """Return the mass of water vapour in g/m3; temperature in Cel, humidity in %.

    Source: ideal gas law with R = 461.5 J/(kg.K) of water vapour.
    """
    pascal = saturation(temperature) * humidity / 100.0 * 1000.0
    return pascal / (_R_VAPOUR * (temperature + 273.15)) * 1000.0


def heat_index(temperature: Floats, humidity: Floats) -> Floats:
    """Return the temperature as people feel it, in Cel; humidity in %.

    Source: Rothfusz, NWS Technical Attachment SR 90-23 (1990), with the adjustments and
    Steadman's simple formula below 80 [degF] as the US National Weather Service uses them.
    """
    t, r = temperature * 1.8 + 32.0, humidity
    simple = 0.5 * (t + 61.0 + (t - 68.0) * 1.2 + r * 0.094)
    full = (
        -42.379 + 2.04901523 * t + 10.14333127 * r - 0.22475541 * t * r
        - 6.83783e-3 * t**2 - 5.481717e-2 * r**2 + 1.22874e-3 * t**2 * r
        + 8.5282e-4 * t * r**2 - 1.99e-6 * t**2 * r**2
    )  # fmt: skip
    dry = (r < 13.0) & (t >= 80.0) & (t <= 112.0)
    gap = np.clip((17.0 - np.abs(t - 95.0)) / 17.0, 0.0, None)
    full = full - np.where(dry, (13.0 - r) / 4.0 * np.sqrt(gap), 0.0)
    damp = (r > 85.0) & (t >= 80.0) & (t <= 87.0)
    full = full + np.where(damp, (r - 85.0) / 10.0 * (87.0 - t) / 5.0, 0.0)
    index = np.where((simple + t) / 2.0 < 80.0, simple, full)
    return np.asarray((index - 32.0) / 1.8)
