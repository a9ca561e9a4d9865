truncate -s 100M small.img && printf 'label: gpt\nsize=60MiB\n' | sfdisk -q small.img
guestfish -a small.img run : mkfs ext4 /dev/sda1 : mount /dev/sda1 / : write /file content
truncate -s 200M large.img
virt-resize -q --expand /dev/sda1 small.img large.img
virt-filesystems -a large.img --all --long
guestfish --ro -a large.img -m /dev/sda1 cat /file
virt-resize -n --expand /dev/sda1 small.img large.img
# times of its own
# tolerate: s/^\[ *[0-9.]+\]/[TIME]/
