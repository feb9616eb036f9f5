#!/bin/sh
# `make hil`: what the virtual machine needs, then its image, then the suite.
# What cannot be had here skips the suite, visibly; HIL_REQUIRED=1 makes that a failure.
set -eu
cd "$(dirname "$0")/../.."
store=.setup/hil
mkdir -p "$store"

say() { printf '%s\n' "$*" >&2; }

skip() { # why, in English and in Chinese
  say "▲ hil: skipped: $1"
  say "▲ hil: 已跳过：$2"
  [ "${HIL_REQUIRED:-0}" = 0 ] || exit 1
  exit 0
}

missing_packages() {
  command -v qemu-system-x86_64 >/dev/null 2>&1 || printf ' qemu-system-x86'
  command -v mmdebstrap >/dev/null 2>&1 || printf ' mmdebstrap'
  command -v mke2fs >/dev/null 2>&1 || printf ' e2fsprogs'
  [ -x /bin/busybox ] || printf ' busybox-static'
  command -v cpio >/dev/null 2>&1 || printf ' cpio'
  command -v modprobe >/dev/null 2>&1 || printf ' kmod'
}

PATH=$PATH:/usr/sbin:/sbin # where an ordinary user does not look for mke2fs
export PATH
[ "$(uname -sm)" = "Linux x86_64" ] ||
  skip "the virtual machine needs Linux on x86_64" "虚拟机需要 x86_64 的 Linux"
as_root=
if [ "$(id -u)" != 0 ]; then
  as_root="sudo -n"
  sudo -n true 2>/dev/null ||
    skip "making the guest's disk needs root (or sudo without a password)" \
      "制作虚拟机磁盘需要 root 权限（或免密 sudo）"
fi
missing=$(missing_packages)
if [ -n "$missing" ] && command -v apt-get >/dev/null 2>&1; then
  say "installing system packages / 安装系统包:$missing"
  # shellcheck disable=SC2086 # a list of package names; a command that may be empty
  { $as_root apt-get -o DPkg::Lock::Timeout=300 update -qq &&
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -qq \
      --no-install-recommends $missing; } >"$store/apt.log" 2>&1 || true
  missing=$(missing_packages)
fi
[ -z "$missing" ] || skip "not installed:$missing" "未安装：$missing"

say "hil: the guest's image (minutes once, then nothing) / 准备虚拟机镜像（仅首次需要几分钟）"
if ! why=$(.venv/bin/python -m tests.hardware.vm.image 2>&1); then
  skip "no image: $why" "无法制作镜像：$why"
fi
suite() { .venv/bin/pytest -q -m hardware --durations=8 tests/hardware "$@"; }
# an emulated machine keeps no time: what fails has a second chance, and both are shown
suite "$@" || { say "hil: what failed, once more / 失败项再试一次" && suite --last-failed "$@"; }
