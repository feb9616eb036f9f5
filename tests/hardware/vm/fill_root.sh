#!/bin/sh
# Hook of mmdebstrap: makes of a fresh Debian root the machine's disk, kernel and initramfs.
#   fill_root.sh ROOT OUT SITE MODULE…
# ROOT is still a working system with package lists; OUT receives root.ext4, vmlinuz, initrd.gz;
# SITE is the folder of Python packages that the guest gets as /opt/site.
set -eu
root=$1 out=$2 site=$3
shift 3
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# the kernel: not installed, only unpacked, because of 400 MB of modules the guest needs a few
package=$(chroot "$root" apt-cache depends linux-image-amd64 |
  sed -n 's/.*Depends: \(linux-image-[0-9][^ ]*\)$/\1/p' | head -n 1)
release=${package#linux-image-}
chroot "$root" sh -c "cd /tmp && apt-get -qq -o APT::Sandbox::User=root download '$package'"
dpkg-deb -x "$root"/tmp/linux-image-*.deb "$work"
depmod -b "$work" "$release"
cp "$work/boot/vmlinuz-$release" "$out/vmlinuz"

insertions() { # the files of a module and of all it needs, in the order in which they load
  modprobe -d "$work" -S "$release" --show-depends "$1" | awk '$1 == "insmod" { print $2 }'
}

for module in "$@"; do insertions "$module"; done | sort -u | while read -r file; do
  install -D -m 644 "$file" "$root/${file#"$work"/}"
done
cp "$work/lib/modules/$release"/modules.builtin* "$work/lib/modules/$release/modules.order" \
  "$root/lib/modules/$release/"
depmod -b "$root" "$release"

# the initramfs: a shell, and the modules that reach the disks
early=$work/early
mkdir -p "$early/bin" "$early/proc" "$early/sys" "$early/dev" "$early/root" "$early/modules"
cp /bin/busybox "$early/bin/busybox"
install -m 755 "$here/early_init.sh" "$early/init"
for module in virtio_pci virtio_blk ext4; do insertions "$module"; done | awk '!seen[$0]++' |
  while read -r file; do
    cp "$file" "$early/modules/"
    basename "$file" >>"$early/load"
  done
(cd "$early" && find . | cpio -o -H newc --quiet | gzip -1) >"$out/initrd.gz"

# Python packages, compiled by the Python that will import them
mkdir -p "$root/opt" "$root/code"
cp -r "$site" "$root/opt/site"
chroot "$root" python3 -m compileall -q -j 2 /opt/site /usr/lib/python3 /usr/lib/python3.11 >/dev/null || true

rm -rf "$root"/tmp/* "$root"/var/cache/apt/*.bin "$root"/var/cache/apt/archives "$root"/var/lib/apt/lists \
  "$root"/etc/apt/sources.list "$root"/etc/apt/sources.list.d "$root"/etc/apt/apt.conf.d/99mmdebstrap
# in a mount namespace of its own: mmdebstrap has proc, sys and dev mounted in the root
unshare --mount sh -eu -c '
  for place in proc sys dev; do umount --recursive "$1/$place" 2>/dev/null || true; done
  size_mb=$(($(du -sm "$1" | cut -f 1) * 5 / 4 + 200))
  mke2fs -q -t ext4 -O ^has_journal -d "$1" "$2" "${size_mb}M"
' - "$root" "$out/root.ext4"
chown --reference="$out" "$out"/*
