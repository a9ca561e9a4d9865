guestfish -N full.img=fs:ext4:64M -m /dev/sda1 fallocate64 /large 40M : rm /large
guestfish -a full.img -m /dev/sda1 fill 65 30M /large : sync : rm /large
before=$(du -k full.img | cut -f1)
virt-sparsify -q full.img sparse.img && qemu-img info -f raw sparse.img | grep virtual
virt-sparsify -q --in-place full.img
after=$(du -k full.img | cut -f1)
[ "$after" -lt "$before" ] && echo smaller
guestfish --ro -a sparse.img -m /dev/sda1 ls /
