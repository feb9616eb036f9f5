"""``studiocheck profile``: requirement profiles."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from studiocheck.cli.words import say, tell


def add(app: typer.Typer) -> None:
    """Add the command group."""
    group = typer.Typer(
        no_args_is_help=True, help=say("Requirement profiles.", "配置（profile）。")
    )
    app.add_typer(group, name="profile")
    _add_list(group)
    _add_show(group)
    _add_validate(group)
    _add_schema(group)
    _add_new(group)
    _add_platforms(group)


def _add_list(group: typer.Typer) -> None:
    @group.command("list", help=say("Every profile by name.", "列出全部配置。"))
    def list_() -> int:
        from studiocheck.cli import exit_codes
        from studiocheck.cli.folders import folders
        from studiocheck.cli.words import complain
        from studiocheck.core.errors import StudioCheckError
        from studiocheck.profile.load import load_profile, profile_names

        user, wrong = folders().profiles, 0
        for name in profile_names(user):
            try:
                about = load_profile(name, user).about
            except StudioCheckError as error:
                complain(error)
                wrong += 1
            else:
                print(f"{name:28} {tell(about) if about else ''}".rstrip())
        return exit_codes.USAGE if wrong else 0


def _add_show(group: typer.Typer) -> None:
    @group.command(help=say("What a profile asks of every check.", "显示配置对各检查项的要求。"))
    def show(
        name: Annotated[str, typer.Argument(metavar="NAME|FILE")],
        explain: Annotated[
            bool,
            typer.Option(
                "--explain",
                help=say("Say where every limit comes from.", "说明每个限值的来源。"),
            ),
        ] = False,
    ) -> int:
        from studiocheck.checks import all_checks
        from studiocheck.cli.folders import folders
        from studiocheck.core.units import bounds
        from studiocheck.profile.load import check_rules, load_profile
        from studiocheck.profile.resolve import known_measurements, requirement
        from studiocheck.report.labels import owner_of

        profile = load_profile(name, folders().profiles)
        check_rules(profile, known_measurements(all_checks()))
        print(" → ".join(profile.chain))
        for check in all_checks():
            asked = requirement(profile, check, profile.targets)
            words = [say("blocker", "阻断项")] if asked.blocker else []
            words += [] if asked.enabled else [say("off", "已关闭")]
            print(f"\n{check.id}  {tell(check.title)}  {' '.join(words)}".rstrip())
            for measurement, bound in asked.bounds.items():
                origin = f"  · {tell(bound.origin)}" if explain else ""
                print(f"    {measurement} {bounds(bound.limit, bound.unit)}{origin}")
        for step in profile.manual:
            print(f"\n{step.id}  {tell(step.text)}  [{tell(owner_of(step.owner))}]")
        return 0


def _add_validate(group: typer.Typer) -> None:
    @group.command(
        help=say("Check profile and studio files.", "检查配置文件和直播间设备文件是否正确。")
    )
    def validate(
        files: Annotated[list[Path], typer.Argument(metavar="FILE…")],
    ) -> int:
        from studiocheck.cli import exit_codes
        from studiocheck.cli.words import complain
        from studiocheck.core.errors import StudioCheckError

        wrong = 0
        for path in files:
            try:
                kind = _validate_file(path)
            except StudioCheckError as error:
                complain(error)
                wrong += 1
            else:
                print(f"√ {path}  ({kind})")
        return exit_codes.USAGE if wrong else 0


def _validate_file(path: Path) -> str:
    from studiocheck.checks import all_checks
    from studiocheck.cli.folders import folders
    from studiocheck.profile.load import check_rules, load_profile, load_studio, looks_like_studio
    from studiocheck.profile.resolve import known_measurements, requirement

    if looks_like_studio(path):
        load_studio(path)
        return say("studio file", "直播间设备文件")
    profile = load_profile(str(path.absolute()), folders().profiles)
    check_rules(profile, known_measurements(all_checks()))
    for check in all_checks():
        requirement(profile, check, profile.targets)
    return say("profile", "配置")


def _add_schema(group: typer.Typer) -> None:
    @group.command(
        help=say(
            "JSON Schema of profile, studio or record.",
            "输出 profile、studio 或 record 的 JSON Schema。",
        )
    )
    def schema(
        which: Annotated[str, typer.Argument(metavar="profile|studio|record")] = "profile",
    ) -> int:
        import json

        from studiocheck.core.errors import UsageError
        from studiocheck.core.text import Text
        from studiocheck.profile.schema import FILES, json_schema

        for name in FILES:
            if name == which:
                json.dump(json_schema(name), sys.stdout, indent=2, ensure_ascii=False)
                print()
                return 0
        raise UsageError(
            Text(f"there is no schema {which!r}", f"没有名为 {which!r} 的 schema"),
            Text(f"there are: {', '.join(FILES)}", f"可用：{'、'.join(FILES)}"),
        )


def _add_new(group: typer.Typer) -> None:
    @group.command(help=say("Begin a profile of your own.", "新建自己的配置文件。"))
    def new(
        name: Annotated[str, typer.Argument(metavar="NAME")],
        extends: Annotated[
            str, typer.Option(help=say("Profile to begin from.", "继承的配置。"))
        ] = "live-commerce-1080p30",
    ) -> int:
        from studiocheck.cli.folders import folders
        from studiocheck.core.errors import UsageError
        from studiocheck.core.text import Text
        from studiocheck.engine.store import file_error, write_atomically
        from studiocheck.profile.load import load_profile, profile_names

        user = folders().profiles
        load_profile(extends, user)
        path = user / f"{name}.toml"
        if not name.replace("-", "").replace("_", "").replace(".", "").isalnum():
            raise UsageError(
                Text(f"{name!r} cannot be a profile's name", f"{name!r} 不能作为配置名"),
                Text("use letters, digits, - and _", "请使用字母、数字、- 和 _"),
            )
        if path.exists() or name in profile_names(user):
            raise UsageError(
                Text(f"there is a profile {name!r} already", f"已有名为 {name!r} 的配置"),
                Text("choose another name", "请换一个名字"),
            )
        try:
            user.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise file_error(user, error) from error
        text = (
            f'name = "{name}"\nextends = "{extends}"\n\n'
            "# One limit, by check id; `studiocheck checks` lists them all.\n"
            '# [limits."mic.noise_floor"]\n# maximum = -55\n# blocker = true\n'
        )
        write_atomically(path, text.encode())
        print(path)
        return 0


def _add_platforms(group: typer.Typer) -> None:
    @group.command(
        "platforms",
        help=say(
            "What streaming platforms ask of a stream, and how far that is to be trusted.",
            "列出各直播平台对推流的要求及可信度。",
        ),
    )
    def platforms_() -> int:
        from studiocheck.profile.platforms import platforms
        from studiocheck.report.platforms import platform_lines

        for number, platform in enumerate(platforms().platforms):
            print("\n" * bool(number) + f"{platform.id}  {tell(platform.name)}")
            for line in platform_lines(platform, platforms().sources):
                print(f"    {tell(line)}")
        return 0
