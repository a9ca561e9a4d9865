# Partitions, file systems, labels, swap, settings.
cat >script <<'S'
version | grep -c major
get-autosync
set-autosync true
get-trace
get-verbose
get-path | wc -l
get-program
set-program prog
get-program
get-identifier
set-identifier id
get-identifier
get-memsize | wc -l
get-smp
set-smp 2
get-smp
get-network
set-network true
get-network
get-pgroup
get-recovery-proc
get-selinux
get-attach-method | wc -l
get-append
disk-create d.qcow2 qcow2 100M
disk-format d.qcow2
disk-virtual-size d.qcow2
disk-has-backing-file d.qcow2
sparse disk.img 300M
add-drive d.qcow2 format:qcow2 label:second
run
list-devices
list-disk-labels
list-partitions
blockdev-getsize64 /dev/sda
blockdev-getsz /dev/sda
blockdev-getss /dev/sda
blockdev-getbsz /dev/sda
blockdev-getro /dev/sda
blockdev-setro /dev/sdb
blockdev-getro /dev/sdb
blockdev-setrw /dev/sdb
blockdev-rereadpt /dev/sda
blockdev-flushbufs /dev/sda
part-init /dev/sda gpt
part-add /dev/sda p 2048 204799
part-add /dev/sda p 204800 1228799
part-add /dev/sda p 1228800 1433599
part-list /dev/sda
part-get-parttype /dev/sda
part-set-name /dev/sda 1 first
part-get-name /dev/sda 1
part-set-gpt-type /dev/sda 2 0FC63DAF-8483-4772-8E79-3D69D8477DE4
part-get-gpt-type /dev/sda 2
part-set-gpt-guid /dev/sda 1 11111111-2222-3333-4444-555555555555
part-get-gpt-guid /dev/sda 1
part-set-bootable /dev/sda 1 true
part-get-bootable /dev/sda 1
part-del /dev/sda 3
part-to-dev /dev/sda1
part-to-partnum /dev/sda2
list-partitions
mkfs ext4 /dev/sda1 blocksize:4096
mkfs ext3 /dev/sda2
set-label /dev/sda1 one
vfs-label /dev/sda1
vfs-type /dev/sda1
vfs-type /dev/sda2
set-e2uuid /dev/sda1 aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee
get-e2uuid /dev/sda1
set-e2label /dev/sda1 uno
get-e2label /dev/sda1
vfs-uuid /dev/sda1
findfs-label uno
findfs-uuid aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee
tune2fs /dev/sda1 reservedblockscount:0
tune2fs-l /dev/sda1 | grep -E "^(Filesystem UUID|Filesystem volume name|Block size|Reserved block count)"
e2fsck /dev/sda1 correct:true
fsck ext4 /dev/sda1
resize2fs-size /dev/sda1 50M
resize2fs /dev/sda1
list-filesystems
mount /dev/sda1 /
mkmountpoint /mnt
mount-options noatime /dev/sda2 /mnt
mounts
mountpoints
write /mnt/file text
umount /mnt
mount-ro /dev/sda2 /mnt
-write /mnt/file2 text
umount-all
mkswap /dev/sdb label:swap
vfs-label /dev/sdb
swapon-device /dev/sdb
swapoff-device /dev/sdb
wipefs /dev/sdb
vfs-type /dev/sdb
mkfs vfat /dev/sdb
vfs-type /dev/sdb
zero-device /dev/sdb
is-zero-device /dev/sdb
part-disk /dev/sdb mbr
part-set-mbr-id /dev/sdb 1 7
part-get-mbr-id /dev/sdb 1
part-get-mbr-part-type /dev/sdb 1
zero /dev/sdb1
device-index /dev/sdb
nr-devices
canonical-device-name /dev/vda1
is-whole-device /dev/sda
is-whole-device /dev/sda1
feature-available ntfsprogs
available-all-groups | grep -c lvm2
filesystem-available ext4
max-disks | wc -l
c-pointer | wc -l
ping-daemon
echo-daemon "a b c"
pvcreate /dev/sda2
vgcreate vg /dev/sda2
lvcreate one vg 40
lvcreate-free two vg 50
lvs
vgs
pvs
vgs-full | grep -E "vg_name|vg_extent_size|lv_count"
lvrename /dev/vg/one /dev/vg/uno
lvresize /dev/vg/uno 44
lvresize-free /dev/vg/two 100
mkfs ext2 /dev/vg/uno
list-filesystems
lvremove /dev/vg/two
is-lv /dev/vg/uno
lvm-canonical-lv-name /dev/mapper/vg-uno
vg-activate-all false
vgremove vg
pvremove /dev/sda2
S
sed -i 's/^sparse disk.img 300M$/add-drive disk.img format:raw/; 1i disk-create disk.img raw 1G' script
guestfish -f script 2>&1
# Their messages begin with other words.
# tolerate: s/libguestfs: error: .*: ([A-Z][a-z -]+)$/error: \1/
# The file systems are made by other versions of the same tools.
# tolerate: s/^(fs uuid).*/\1/
