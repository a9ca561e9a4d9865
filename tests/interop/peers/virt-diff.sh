mkdir -p tree/bin tree/etc tree/usr/share/doc && cp -r /usr/share/doc/bash tree/usr/share/doc/
printf 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian 12"\n' >tree/etc/os-release
echo guest >tree/etc/hostname; echo '/dev/sda / ext4 defaults 0 1' >tree/etc/fstab
virt-make-fs --type=ext4 --format=qcow2 tree guest.img
cp guest.img other.img
virt-edit -a other.img /etc/hostname -e 's/^/other-/'
guestfish -a other.img -i rm /usr/share/doc/bash/copyright : mkdir /new : chmod 0700 /bin : ln-s x /link
# The numbers of the devices, which libguestfs draws anew for each appliance.
without_devices() {
  awk '{line[++n] = $0}
    /^# changed:/{sub(/ st_dev/, "", line[n]); if (line[n] == "# changed:") n -= 3}
    END {for (i = 1; i <= n; ++i) print line[i]}'
}
virt-diff -a guest.img -A other.img | without_devices
virt-diff --checksum -a guest.img -A other.img | without_devices
