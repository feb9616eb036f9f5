#!/bin/busybox sh
# First process of the guest: finds the two disks and hands over to the second one's start script.
b=/bin/busybox
$b mount -t proc proc /proc
$b mount -t sysfs sys /sys
$b mount -t devtmpfs dev /dev
while read -r module; do $b insmod "/modules/$module"; done </load
tries=0
while [ ! -b /dev/vdb ] && [ $tries -lt 200 ]; do
  $b sleep 0.05
  tries=$((tries + 1))
done
$b mount -t ext4 -o noatime /dev/vda /root || $b poweroff -f
$b mount -t ext4 -o noatime /dev/vdb /root/code || $b poweroff -f
for place in dev proc sys; do $b mount --move /$place /root/$place; done
exec $b switch_root /root /bin/sh /code/guest/start.sh
