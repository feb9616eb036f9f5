"""Reads profiles (with inheritance) and studio files, and says exactly what is wrong in them."""

from __future__ import annotations

import difflib
import hashlib
import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from studiocheck.core.errors import FileError, ProfileError, StudioError
from studiocheck.core.redaction import redacted
from studiocheck.core.studio import Studio, Targets
from studiocheck.core.text import Text
from studiocheck.profile.models import CheckRule, Profile, ProfileFile
from studiocheck.profile.problems import explain, key_path
from studiocheck.profile.schema import json_schema
from studiocheck.resources import data_folder

DEFAULT_PROFILE = "base-1080p30"
_TABLES = ("video", "sound", "light", "stream")
_MAX_BYTES = 1_000_000


@lru_cache(maxsize=1)
def _profile_adapter() -> TypeAdapter[ProfileFile]:
    return TypeAdapter(ProfileFile)


@lru_cache(maxsize=1)
def _studio_adapter() -> TypeAdapter[Studio]:
    return TypeAdapter(Studio)


def _read_toml(path: Path, kind: type[FileError]) -> dict[str, Any]:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise kind(
                Text(
                    f"{path}: larger than 1 MB, not a settings file",
                    f"{path}：超过 1 MB，不是设置文件",
                )
            )
        return tomllib.loads(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise kind(explain(str(path), error)) from error


def profile_folders(user: Path | None = None) -> list[Path]:
    """Return where profiles are looked for by name: the user's folder first, then our own."""
    return [*([user] if user else []), data_folder("profiles")]


def profile_names(user: Path | None = None) -> list[str]:
    """Return the names of all profiles that can be asked for without a path."""
    found = {f.stem for folder in profile_folders(user) for f in folder.glob("*.toml")}
    return sorted(found)


def find_profile(name: str, user: Path | None = None, beside: Path | None = None) -> Path:
    """Return the file of a profile given by name or by path.

    Raises
    ------
    ProfileError
        With the names there are, and the likely one.
    """
    if name.endswith(".toml") or "/" in name or "\\" in name:
        path = Path(name)
        return path if path.is_absolute() or beside is None else beside / path
    for folder in [*([beside] if beside else []), *profile_folders(user)]:
        if (folder / f"{name}.toml").is_file():
            return folder / f"{name}.toml"
    raise ProfileError(_unknown("profile", "配置", name, profile_names(user)))


def _unknown(kind_en: str, kind_zh: str, name: str, known: Iterable[str]) -> Text:
    names = list(known)
    near = difflib.get_close_matches(name, names, 1, 0.5)
    en = f"there is no {kind_en} {name!r}"
    zh = f"没有名为 {name!r} 的{kind_zh}"
    if near:
        return Text(f"{en}; did you mean {near[0]}?", f"{zh}；您是否想用 {near[0]}？")
    return Text(f"{en}; there are: {', '.join(names)}", f"{zh}；可用：{'、'.join(names)}")


def load_profile(name: str = DEFAULT_PROFILE, user: Path | None = None) -> Profile:
    """Load a profile with everything that it inherits.

    Parameters
    ----------
    name : str
        A profile's name, or the path of a TOML file.
    user : Path, optional
        The user's own folder of profiles.

    Raises
    ------
    ProfileError
        Naming file, key path, and what is allowed.
    """
    layers: list[tuple[Path, dict[str, Any], ProfileFile]] = []
    path = find_profile(name, user)
    while True:
        if any(path.resolve() == seen.resolve() for seen, _, _ in layers):
            chain = " → ".join(p.stem for p, _, _ in reversed(layers))
            raise ProfileError(
                Text(
                    f"{path}: extends: profiles extend each other in a circle ({chain})",
                    f"{path}：extends：配置循环继承（{chain}）",
                )
            )
        data = _read_toml(path, ProfileError)
        layers.insert(0, (path, data, _validate_profile(path, data)))
        parent = layers[0][2].extends
        if parent is None:
            break
        try:
            path = find_profile(parent, user, beside=path.parent)
        except ProfileError as error:
            message = Text(
                f"{path}: extends: {error.message.en}", f"{path}：extends：{error.message.zh}"
            )
            raise ProfileError(message) from error
    return _merge(layers)


def _validate_profile(path: Path, data: dict[str, Any]) -> ProfileFile:
    try:
        return _profile_adapter().validate_python(data)
    except ValidationError as error:
        raise ProfileError(explain(str(path), error, json_schema("profile"))) from error


def _merge(layers: list[tuple[Path, dict[str, Any], ProfileFile]]) -> Profile:
    tables: dict[str, dict[str, Any]] = {name: {} for name in _TABLES}
    manual = {}
    for _, data, file in layers:
        for name in _TABLES:
            tables[name].update(data.get(name, {}))
        manual.update({step.id: step for step in file.manual})
    path, _, last = layers[-1]
    merged = _validate_profile(path, {"name": last.name, **tables})
    targets = Targets(
        video=merged.video, sound=merged.sound, light=merged.light, stream=merged.stream
    )
    content = [data | {"name": last.name} for _, data, _ in layers]
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, default=str)
    return Profile(
        name=last.name,
        chain=tuple(file.name for _, _, file in layers),
        targets=targets,
        rules=tuple(file.limits for _, _, file in layers),
        manual=tuple(manual.values()),
        sha256=hashlib.sha256(canonical.encode()).hexdigest(),
        about=Text(last.en, last.zh) if last.en and last.zh else None,
    )


def looks_like_studio(path: Path) -> bool:
    """Return whether a file holds equipment rather than requirements."""
    data = _read_toml(path, FileError)
    return any(table in data for table in ("cameras", "microphones", "speakers", "uplinks"))


def load_studio(path: Path) -> Studio:
    """Load a studio file.

    Raises
    ------
    StudioError
        Naming file, key path, and what is allowed; also when two roles share one device.
    """
    data = _read_toml(path, StudioError)
    try:
        studio = _studio_adapter().validate_python(data)
    except ValidationError as error:
        raise StudioError(explain(str(path), error, json_schema("studio"))) from error
    check_roles(studio, str(path))
    return studio


def check_roles(studio: Studio, file: str) -> None:
    """Refuse role names that cannot name a file, and two roles on one device.

    Raises
    ------
    StudioError
        Naming file and key path.
    """
    kinds: dict[str, Mapping[str, Any]] = {
        "cameras": studio.cameras,
        "microphones": studio.microphones,
        "speakers": studio.speakers,
        "uplinks": studio.uplinks,
        "lamps": studio.lamps,
    }
    for kind, roles in kinds.items():
        seen: dict[str, str] = {}
        for role, binding in roles.items():
            path = key_path((kind, role))
            if not role.replace("-", "").replace("_", "").isalnum() or len(role) > 40:
                raise StudioError(
                    Text(
                        f"{file}: {path}: a role is made of letters, digits, - and _",
                        f"{file}：{path}：角色名只能用文字、数字、- 和 _",
                    )
                )
            device = getattr(binding, "device", None)
            if device is not None and device in seen:
                raise StudioError(two_roles(file, kind, seen[device], role, device))
            if device is not None:
                seen[device] = role


def two_roles(file: str, kind: str, first: str, second: str, device: str) -> Text:
    """Say that two roles are bound to one device."""
    a, b = key_path((kind, first)), key_path((kind, second))
    device = redacted(device)
    return Text(
        f"{file}: {a} and {b} are both bound to {device}; each role needs a device of its own",
        f"{file}：{a} 和 {b} 绑定了同一设备 {device}；每个角色需要各自的设备",
    )


def check_rules(profile: Profile, known: Mapping[str, Iterable[str]]) -> None:
    """Refuse limits of checks or measurements that do not exist.

    Parameters
    ----------
    profile : Profile
        As loaded.
    known : mapping of str to iterable of str
        Check id → the measurements that have a limit.

    Raises
    ------
    ProfileError
        Naming file and key path, and the likely id.
    """
    for file, rules in zip(profile.chain, profile.rules, strict=True):
        for check_id, rule in rules.items():
            path = key_path(("limits", check_id))
            if check_id not in known:
                hint = _unknown("check", "检查项", check_id, known)
                raise ProfileError(Text(f"{file}: {path}: {hint.en}", f"{file}：{path}：{hint.zh}"))
            names = list(known[check_id])
            for name in rule.measurements:
                if name not in names:
                    hint = _unknown("measurement", "测量量", name, names)
                    where = key_path(("limits", check_id, "measurements", name))
                    raise ProfileError(
                        Text(f"{file}: {where}: {hint.en}", f"{file}：{where}：{hint.zh}")
                    )
            if not names and _has_bounds(rule):
                raise ProfileError(
                    Text(
                        f"{file}: {path}: this check has no limit; only blocker and enabled",
                        f"{file}：{path}：此检查没有限值，只能设置 blocker 和 enabled",
                    )
                )


def _has_bounds(rule: CheckRule) -> bool:
    bare = replace(rule, blocker=None, enabled=None, measurements={})
    return bare != CheckRule()
