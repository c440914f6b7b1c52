"""The only reader of the environment: validates it whole and gives plain values."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from .errors import LoadError
from .reload import Inherited

if TYPE_CHECKING:
    from .telemetry_settings import Telemetry

_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_OBJECT = re.compile(r"[a-z0-9-]{1,63}/[a-z0-9-]{1,63}-([0-9a-f]{64})\.zip")
_DEPENDENCIES = re.compile(r"|dependencies/python3([0-9]+)-[0-9a-f]{64}\.zip")
_ORIGIN = re.compile(r"http://([A-Za-z0-9.-]{1,253})(?::([0-9]{1,5}))?(/(?:[A-Za-z0-9._~-]+/)*)")
_ADDRESS = re.compile(
    r"|http://(?=[^{]*\{name\}[^{]*$)(?:[A-Za-z0-9.-]|\{name\})+(?::[0-9]{1,5})?(?:/(?:[A-Za-z0-9._~-]|\{name\})+)*"
)
_HANDLER = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+")
_ADDRESS_RULE = "empty or http://<host>[:port][/<path>] with {name} in it once"
_INHERITED = re.compile(r"|([0-9]+),([0-9]+)")
_LEVELS = ("debug", "info", "warn", "error")


class Origin(NamedTuple):
    """Where objects are fetched from: the only host that the runtime ever asks for code."""

    host: str
    port: int
    prefix: str


class Settings(NamedTuple):
    """Everything that the environment says; see docs/reference/runtime-protocol.md for each variable."""

    function: str
    workflow: str
    revision: str
    origin: Origin
    code_object: str
    sha256: str
    dependencies: str
    function_address: str
    """Where functions of the workflow are called: an address with `{name}` in it; empty where none can be."""
    workflow_address: str
    handler: str
    host: str
    port: int
    timeout: float
    load_timeout: float
    max_body_bytes: int
    max_threads: int
    work_dir: str
    reload_dir: str
    """Where requests for other code are; see `reload.py`."""
    inherited: Inherited | None
    """Of a process that takes another one's place."""
    log_level: str
    log_payload_bytes: int
    telemetry: Telemetry | None
    """Traces and metrics; None where there are none."""


def read_settings(env: Mapping[str, str]) -> Settings:
    """Reads the settings, or raises one LoadError that lists everything that is wrong."""
    reader = _Reader(env)
    origin = reader.match("KNFLOW_CODE_ORIGIN", _ORIGIN, "http://<host>[:port]/<path>/ with a slash at its end")
    code_object = reader.match("FAASIT_CODE_DIR", _OBJECT, "<workflow>/<name>-<sha256>.zip")
    sha256 = reader.match("KNFLOW_CODE_SHA256", _SHA256, "64 lower-case hexadecimal digits")
    if code_object and sha256 and code_object[1] != sha256[0]:
        reader.problems.append(f"FAASIT_CODE_DIR names sha256 {code_object[1]}, but KNFLOW_CODE_SHA256 is {sha256[0]}")
    settings = Settings(
        function=reader.text("FAASIT_FUNC_NAME", _NAME, "a name of lower-case letters, digits and dashes"),
        workflow=reader.text("FAASIT_WORKFLOW_NAME", _NAME, "a name of lower-case letters, digits and dashes"),
        revision=env.get("K_REVISION", ""),
        origin=Origin(origin[1], int(origin[2] or 80), origin[3]) if origin else Origin("", 0, ""),
        code_object=code_object[0] if code_object else "",
        sha256=sha256[0] if sha256 else "",
        dependencies=reader.packages(),
        function_address=reader.text("KNFLOW_FUNCTION_ADDRESS", _ADDRESS, _ADDRESS_RULE),
        workflow_address=reader.text("KNFLOW_WORKFLOW_ADDRESS", _ADDRESS, _ADDRESS_RULE),
        handler=reader.text("KNFLOW_HANDLER", _HANDLER, "<module>.<function>, such as main.handler", "main.handler"),
        host=env.get("KNFLOW_HOST") or "0.0.0.0",
        port=int(reader.number("PORT", 9000, 1, 65535)),
        timeout=reader.number("KNFLOW_TIMEOUT_SECONDS", 60, 0.001, 3600),
        load_timeout=reader.number("KNFLOW_LOAD_TIMEOUT_SECONDS", 60, 0.1, 3600),
        max_body_bytes=int(reader.number("KNFLOW_MAX_BODY_BYTES", 16 * 1024 * 1024, 1, 1024**3)),
        max_threads=int(reader.number("KNFLOW_MAX_THREADS", 32, 1, 1000)),
        work_dir=env.get("KNFLOW_WORK_DIR") or "/tmp/knflow",  # noqa: S108 (a folder of the pod's own)
        reload_dir=env.get("KNFLOW_RELOAD_DIR") or "/dev/shm/knflow-reload",  # noqa: S108 (likewise)
        inherited=reader.inherited(),
        log_level=reader.choice("KNFLOW_LOG_LEVEL", _LEVELS, "info"),
        log_payload_bytes=int(reader.number("KNFLOW_LOG_PAYLOAD_BYTES", 1024, 0, 8192)),
        telemetry=reader.telemetry(),
    )
    if reader.problems:
        raise LoadError("SettingsError", "; ".join(reader.problems))
    return settings


class _Reader:
    """Reads single variables and gathers what is wrong with them."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self.env = env
        self.problems: list[str] = []

    def match(self, name: str, pattern: re.Pattern[str], allowed: str, default: str = "") -> re.Match[str] | None:
        value = self.env.get(name) or default
        found = pattern.fullmatch(value)
        if found is None:
            said = f"is {value!r}, which is not" if value else "is missing: it must be"
            self.problems.append(f"{name} {said} {allowed}")
        return found

    def text(self, name: str, pattern: re.Pattern[str], allowed: str, default: str = "") -> str:
        found = self.match(name, pattern, allowed, default)
        return found[0] if found else ""

    def packages(self) -> str:
        found = self.match("KNFLOW_DEPENDENCIES", _DEPENDENCIES, "empty or dependencies/python3<minor>-<sha256>.zip")
        if found is not None and found[1] not in (None, str(sys.version_info.minor)):
            self.problems.append(
                f"the packages are those for Python 3.{found[1]}, but this is 3.{sys.version_info.minor}: "
                f'set knflow:pythonVersion to "3.{sys.version_info.minor}"'
            )
        return found[0] if found else ""

    def inherited(self) -> Inherited | None:
        found = self.match("KNFLOW_RELOADED", _INHERITED, "set by anybody but the runtime itself")
        if found is None or not found[0]:
            return None
        return Inherited(int(found[1]), int(found[2]))

    def telemetry(self) -> Telemetry | None:
        if not (self.env.get("KNFLOW_TRACING_ENDPOINT") or self.env.get("KNFLOW_METRICS_PORT")):
            return None
        from .telemetry_settings import read_telemetry  # only here: most processes tell nothing besides their log

        return read_telemetry(self.env, self.problems)

    def number(self, name: str, default: float, least: float, most: float) -> float:
        value = self.env.get(name) or str(default)
        try:
            number = float(value)
        except ValueError:
            number = float("nan")
        if not least <= number <= most:
            self.problems.append(f"{name} is {value!r}, which is not a number from {least} to {most}")
            return least
        return number

    def choice(self, name: str, allowed: tuple[str, ...], default: str) -> str:
        value = self.env.get(name) or default
        if value not in allowed:
            self.problems.append(f"{name} is {value!r}, which is not one of {', '.join(allowed)}")
        return value
