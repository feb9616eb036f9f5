"""Plans a run: which checks on which devices, held to what."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from studiocheck.core.check import Check, Scope
from studiocheck.core.errors import UsageError
from studiocheck.core.evidence import Need, Route, Sustained, Upload
from studiocheck.core.measurement import Limit
from studiocheck.core.network import StreamPlan
from studiocheck.core.studio import Role, Studio, Targets, UplinkRole
from studiocheck.core.text import Text
from studiocheck.engine.device_keys import DeviceKey, binding_of, devices_of, targets_of
from studiocheck.engine.needs import longest_s, merged
from studiocheck.profile.load import check_rules
from studiocheck.profile.models import ManualStep, Profile
from studiocheck.profile.resolve import known_measurements, requirement


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedCheck:
    """One check on one device, with what the profile asks of it."""

    check: Check
    device: DeviceKey
    binding: Role
    targets: Targets
    limits: Mapping[str, Limit]
    blocker: bool
    skipped: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that a run is going to do."""

    studio: Studio
    profile: Profile
    checks: tuple[PlannedCheck, ...]
    needs: Mapping[DeviceKey, tuple[Need, ...]]
    manual: tuple[ManualStep, ...]

    @property
    def expected_s(self) -> float:
        """The longest evidence window and the sweeps: about as long as the run will take."""
        return longest_s(self.needs)


def make_plan(
    studio: Studio,
    profile: Profile,
    checks: tuple[Check, ...],
    *,
    only: Collection[str] = (),
    skip: Collection[str] = (),
    findings: Collection[tuple[str, str]] | None = None,
    thorough: bool = False,
) -> Plan:
    """Plan a run.

    Parameters
    ----------
    studio, profile : Studio, Profile
        What stands in the room; what must hold.
    checks : tuple of Check
        All checks there are.
    only, skip : collection of str
        Check ids, or families such as ``camera`` or ``camera.*``.
    findings : collection of (check id, role), optional
        Restrict the plan to these (``--failed``).
    thorough : bool
        Whether to take the minute that the steadiness of an uplink needs.

    Raises
    ------
    UsageError
        For an id that does not exist.
    ProfileError
        When the profile contradicts itself or names what does not exist.
    """
    check_rules(profile, known_measurements(checks))
    ids = [check.id for check in checks] + [step.id for step in profile.manual]
    chosen = _selected(only, ids) if only else set(ids)
    left_out = _selected(skip, ids)
    planned = []
    for check in checks:
        if check.id not in chosen:
            continue
        for device in devices_of(studio, check.scope):
            if findings is not None and (check.id, device.role) not in findings:
                continue
            entry = _planned(check, device, studio, profile, skipped=check.id in left_out)
            if entry is not None:
                planned.append(entry)
    return Plan(
        studio=studio,
        profile=profile,
        checks=tuple(planned),
        needs=merged(
            ((entry.check, entry.device) for entry in planned if entry.skipped is None),
            studio,
            profile.targets,
            thorough=thorough,
        ),
        manual=tuple(
            step
            for step in profile.manual
            if step.id in chosen
            and step.id not in left_out
            and (findings is None or (step.id, step.owner) in findings)
        ),
    )


def _planned(
    check: Check, device: DeviceKey, studio: Studio, profile: Profile, *, skipped: bool
) -> PlannedCheck | None:
    binding = binding_of(studio, device)
    targets = targets_of(profile.targets, binding)
    if not check.applies(binding, studio, targets):
        return None
    asked = requirement(profile, check, targets)
    if not asked.enabled:
        return None
    reason = Text("left out with --skip", "已用 --skip 跳过") if skipped else None
    return PlannedCheck(
        check=check,
        device=device,
        binding=binding,
        targets=targets,
        limits={name: bound.limit for name, bound in asked.bounds.items()},
        blocker=asked.blocker and not _is_backup(studio, device),
        skipped=reason or _without_target(check, binding),
    )


def _is_backup(studio: Studio, device: DeviceKey) -> bool:
    """The first uplink carries the show; a spare that is slow or dead does not keep it off air."""
    return device.scope is Scope.UPLINK and device.role != next(iter(studio.uplinks))


def _without_target(check: Check, binding: Role) -> Text | None:
    # what a check judges by stands first; a link behind that only tells what to touch
    judged_by = check.needs[:1]
    needs_target = all(isinstance(need, Route | Upload | Sustained) for need in judged_by)
    if needs_target and isinstance(binding, UplinkRole) and not (binding.target or binding.ingest):
        return Text(
            "no target: give this uplink one in the studio file, "
            "best the server that the show goes to",
            "未设置目标：请在直播间设备文件中为该上行网络设置 target，最好是直播推流的服务器",
        )
    return None


def limits_of(plan: Plan, device: DeviceKey) -> Mapping[str, Limit]:
    """Return all limits that the checks of one device hold it against, by measurement."""
    of_device = (entry.limits for entry in plan.checks if entry.device == device)
    return {name: limit for limits in of_device for name, limit in limits.items()}


def stream_plan(plan: Plan, device: DeviceKey) -> StreamPlan:
    """Return the stream that an uplink has to carry, and the rate that makes it a good one."""
    targets = plan.profile.targets
    stream, video = targets.stream, targets.video
    limits = [entry.limits for entry in plan.checks if entry.device == device]
    rates = [_wanted(of, "upload_median") for of in limits]
    rates += [stream.bitrate_mbit_s * _wanted(of, "headroom") for of in limits]
    return StreamPlan(
        bitrate_mbit_s=stream.bitrate_mbit_s,
        keyframe_s=stream.keyframe_s,
        width=video.width,
        height=video.height,
        fps=video.fps,
        enough_mbit_s=max([stream.bitrate_mbit_s, *rates]),
    )


def _wanted(limits: Mapping[str, Limit], name: str) -> float:
    limit = limits.get(name)
    return (limit.warn_minimum or limit.minimum or 0.0) if limit else 0.0


def _selected(patterns: Iterable[str], ids: list[str]) -> set[str]:
    found: set[str] = set()
    for pattern in patterns:
        family = pattern.removesuffix(".*").removesuffix("*").rstrip(".")
        hits = {i for i in ids if i in (pattern, family) or i.startswith(f"{family}.")}
        if not hits:
            near = difflib.get_close_matches(pattern, ids, 1, 0.5)
            hint = near[0] if near else ", ".join(sorted({i.partition(".")[0] for i in ids}))
            raise UsageError(
                Text(f"there is no check {pattern!r}", f"没有检查项 {pattern!r}"),
                Text(
                    f"did you mean {hint}? `studiocheck checks` lists them all",
                    f"您是否想用 {hint}？`studiocheck checks` 列出全部检查项",
                ),
            )
        found |= hits
    return found
