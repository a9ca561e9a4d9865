# The two examples of libguestfs' Python page, in our own words.
cat >create.py <<'P'
import guestfs
g = guestfs.GuestFS(python_return_dict=True)
g.disk_create("disk.img", "raw", 512 * 1024 * 1024)
g.add_drive_opts("disk.img", format="raw", readonly=0)
g.launch()
devices = g.list_devices()
assert len(devices) == 1
g.part_disk(devices[0], "mbr")
partitions = g.list_partitions()
assert len(partitions) == 1
g.mkfs("ext4", partitions[0])
g.mount(partitions[0], "/")
g.touch("/empty")
g.write("/hello", "Hello, world\n")
g.mkdir("/foo")
g.upload("/etc/resolv.conf", "/foo/resolv.conf")
print(g.ls("/"), g.cat("/hello"), g.list_filesystems())
print(sorted(g.statns("/hello").items())[-4:], g.read_file("/hello"), g.exists("/none") == 0)
try:
    g.cat("/none")
except RuntimeError as failure:
    print("No such file" in str(failure))
g.shutdown()
g.close()
P
cat >inspect.py <<'P'
import guestfs, sys
g = guestfs.GuestFS(python_return_dict=True)
g.add_drive_opts(sys.argv[1], readonly=1)
g.launch()
for root in g.inspect_os():
    print(root, g.inspect_get_product_name(root), g.inspect_get_major_version(root), g.inspect_get_minor_version(root),
          g.inspect_get_type(root), g.inspect_get_distro(root), g.inspect_get_hostname(root), g.inspect_get_arch(root),
          g.inspect_get_package_format(root), g.inspect_get_package_management(root))
    points = g.inspect_get_mountpoints(root)
    for point, device in sorted(points.items(), key=lambda k: len(k[0])):
        print(point, device)
        g.mount_ro(device, point)
    for line in g.read_lines("/etc/passwd")[:5]:
        print(line)
    packages = g.inspect_list_applications2(root)
    print(len(packages), packages[0]["app2_name"], packages[-1]["app2_version"])
    g.umount_all()
P
/usr/bin/python3 create.py && /usr/bin/python3 inspect.py guest.qcow2
# the disk's time stamps
# tolerate: s/\('st_(a|m|c)time[^)]*\),? ?//g
# The product's name: the first line of debian_version there, PRETTY_NAME of os-release here.
# tolerate: s/(debian-vg\/root|sda[0-9]+) (12\.[0-9]+|Debian GNU\/Linux 12 \(bookworm\)) /\1 PRODUCT /
