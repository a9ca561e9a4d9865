truncate -s 200M disk.img
virt-format -a disk.img --filesystem=ext4 --partition=mbr --label=formatted
virt-filesystems -a disk.img --all --long
truncate -s 200M lvm.img
virt-format -a lvm.img --lvm --filesystem=ext4
virt-filesystems -a lvm.img --all --long
