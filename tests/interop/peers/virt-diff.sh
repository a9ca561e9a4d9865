qemu-img create -q -f qcow2 -F qcow2 -b "$(qemu-img info -U --output=json guest.qcow2 | jq -r '."full-backing-filename" // ."backing-filename"')" other.qcow2
virt-edit -a other.qcow2 /etc/hostname -e 's/^/other-/'
virt-diff -a guest.qcow2 -A other.qcow2
virt-diff --checksum -a guest.qcow2 -A other.qcow2
