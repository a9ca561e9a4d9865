virt-edit -a guest.qcow2 /etc/hostname -e 's/$/-edited/'
virt-cat -a guest.qcow2 /etc/hostname
virt-edit -b .bak -a guest.qcow2 /etc/fstab -e 's/errors=remount-ro/defaults/'
virt-cat -a guest.qcow2 /etc/fstab
virt-ls -a guest.qcow2 /etc | grep fstab
