virt-customize -a guest.qcow2 --hostname custom --write /etc/motd:hello --mkdir /srv/made --touch /srv/made/it \
  --run-command 'cat /etc/debian_version > /srv/version; id -u > /srv/id' --root-password password:secret \
  --edit '/etc/fstab:s/remount-ro/continue/' --chmod 0600:/srv/version --timezone Europe/Berlin --no-network
virt-cat -a guest.qcow2 /etc/hostname /etc/motd /srv/version /srv/id /etc/fstab
virt-ls -l -a guest.qcow2 /srv /srv/made | awk '{print $1, $NF}'
# times of its own
# tolerate: s/^\[ *[0-9.]+\]/[TIME]/
