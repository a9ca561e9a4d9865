mkdir -p tree/sub && echo content >tree/sub/file
virt-make-fs --type=ext4 --label=made --size=20M tree made.img
virt-filesystems -a made.img --all --long
guestfish --ro -a made.img -m /dev/sda find / : cat /sub/file : vfs-label /dev/sda
virt-make-fs --partition=gpt --type=ext2 --format=qcow2 tree made.qcow2
guestfish --ro -a made.qcow2 -m /dev/sda1 find / : part-get-parttype /dev/sda
# lost+found is made with as many blocks as the tool in use likes
# tolerate: s/^(\/dev\/sda1? +filesystem .*)$/\1/
