"""Every error of the product, as one tree.

DtError                     the root: ``code``, ``retriable``, ``status``, ``hint``
├── ConfigError             config.invalid         a configuration file is wrong
├── TwinError               twin.invalid           a twin.yaml is wrong
│   ├── UnitError           twin.unit              a unit is unknown or does not fit
│   ├── FormulaError        twin.formula           a formula is wrong
│   ├── CommandError        twin.command           a command is none
│   └── RuleError           twin.rule              a rule is wrong
├── HardwareError           hardware.failed        a chip or a bus did not do its part
│   ├── HardwareAbsentError hardware.absent        nothing answers at the address
│   ├── BusStuckError       hardware.bus_stuck     a bus is held and cannot be used
│   ├── ChecksumError       hardware.checksum      the frame arrived damaged
│   └── DriverTimeoutError  hardware.timeout       the driver did not return in time
├── SourceError             source.failed          a source without pins gave no data
├── StoreError              store.failed           the store could not do it
│   ├── StoreBusyError      store.busy             another writer held the store too long
│   ├── StoreFullError      store.full             no room on the disk or in the budget
│   ├── CorruptError        store.corrupt          stored bytes are damaged
│   └── SchemaError         store.schema           the file is of a newer version
├── RequestError            request.invalid        a request is malformed
│   ├── MalformedError      request.malformed      a body or header cannot be read at all
│   ├── MethodError         request.method         the address does not know the method
│   ├── TooLargeError       request.too_large      a body is larger than allowed
│   ├── MediaTypeError      request.media_type     a body is of a kind not understood
│   ├── NotFoundError       request.not_found      the named thing does not exist
│   ├── ConflictError       request.conflict       it exists already, or changed since
│   ├── ImportedError       request.imported       what is to be imported is stored already
│   ├── UnauthenticatedError auth.required         nobody is signed in
│   ├── ForbiddenError      auth.forbidden         the role does not allow it
│   ├── CsrfError           auth.csrf              a form did not come from our own page
│   └── ThrottledError      auth.throttled         too many attempts
├── CodecError              codec.invalid          bytes on the wire are none of ours
│   ├── VersionError        codec.version          they are of a version not read here
│   └── SignatureError      codec.signature        a key or signature is wrong
├── AlertError              alert.refused          an alert is not in a condition for it
├── PluginError             plugin.failed          an entry point is missing or broken
└── ServiceError            service.failed         a process could not start or run
"""

from typing import ClassVar


class DtError(Exception):
    """The root of all errors of the product."""

    code: ClassVar[str] = "dt.error"
    retriable: ClassVar[bool] = False
    status: ClassVar[int] = 500

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class ConfigError(DtError):
    """A configuration file is wrong."""

    code = "config.invalid"


class TwinError(DtError):
    """A twin.yaml is wrong."""

    code = "twin.invalid"
    status = 422


class UnitError(TwinError):
    """A unit is unknown or does not fit the quantity."""

    code = "twin.unit"


class FormulaError(TwinError):
    """A formula is wrong."""

    code = "twin.formula"


class CommandError(TwinError):
    """A command is none."""

    code = "twin.command"


class RuleError(TwinError):
    """A rule is wrong."""

    code = "twin.rule"


class HardwareError(DtError):
    """A chip or a bus did not do its part."""

    code = "hardware.failed"
    retriable = True
    status = 503


class HardwareAbsentError(HardwareError):
    """Nothing answers at the address."""

    code = "hardware.absent"


class BusStuckError(HardwareError):
    """A bus is held and cannot be used."""

    code = "hardware.bus_stuck"


class ChecksumError(HardwareError):
    """The frame arrived damaged."""

    code = "hardware.checksum"


class DriverTimeoutError(HardwareError):
    """The driver did not return in time."""

    code = "hardware.timeout"


class SourceError(DtError):
    """A source without pins gave no data."""

    code = "source.failed"
    retriable = True
    status = 503


class StoreError(DtError):
    """The store could not do it."""

    code = "store.failed"
    status = 503


class StoreBusyError(StoreError):
    """Another writer held the store too long."""

    code = "store.busy"
    retriable = True


class StoreFullError(StoreError):
    """There is no room on the disk or in the budget."""

    code = "store.full"
    retriable = True
    status = 507


class CorruptError(StoreError):
    """Stored bytes are damaged."""

    code = "store.corrupt"


class SchemaError(StoreError):
    """The file is of a newer version than this program."""

    code = "store.schema"


class RequestError(DtError):
    """A request is malformed."""

    code = "request.invalid"
    status = 422


class MalformedError(RequestError):
    """A body or header cannot be read at all."""

    code = "request.malformed"
    status = 400


class MethodError(RequestError):
    """The address does not know the method."""

    code = "request.method"
    status = 405


class TooLargeError(RequestError):
    """A body is larger than allowed."""

    code = "request.too_large"
    status = 413


class MediaTypeError(RequestError):
    """A body is of a kind that is not understood here."""

    code = "request.media_type"
    status = 415


class NotFoundError(RequestError):
    """The named thing does not exist."""

    code = "request.not_found"
    status = 404


class ConflictError(RequestError):
    """It exists already, or changed since it was read."""

    code = "request.conflict"
    status = 409


class ImportedError(ConflictError):
    """What is to be imported is stored already."""

    code = "request.imported"


class UnauthenticatedError(RequestError):
    """Nobody is signed in."""

    code = "auth.required"
    status = 401


class ForbiddenError(RequestError):
    """The role does not allow it."""

    code = "auth.forbidden"
    status = 403


class CsrfError(ForbiddenError):
    """A form did not come from our own page."""

    code = "auth.csrf"


class ThrottledError(RequestError):
    """There were too many attempts."""

    code = "auth.throttled"
    status = 429
    retriable = True


class CodecError(DtError):
    """Bytes on the wire are not what they must be."""

    code = "codec.invalid"
    status = 422


class VersionError(CodecError):
    """They are of a version that is not read here."""

    code = "codec.version"


class SignatureError(CodecError):
    """A key or signature is wrong."""

    code = "codec.signature"
    status = 403


class AlertError(DtError):
    """An alert is not in a condition for it."""

    code = "alert.refused"
    status = 409


class PluginError(DtError):
    """An entry point is missing or broken."""

    code = "plugin.failed"


class ServiceError(DtError):
    """A process could not start or run."""

    code = "service.failed"
