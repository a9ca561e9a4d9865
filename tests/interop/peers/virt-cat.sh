virt-cat -a guest.qcow2 /etc/hostname /etc/fstab /etc/debian_version
