# The parts of a version are compared together: libguestfs ends it at the first dash, a dpkg version ends at the last.
virt-inspector -a guest.qcow2 | sed -E -z 's#</version>\n *<release>#-#g; s#</release>#</version>#g'
# The product's name: the first line of debian_version there, PRETTY_NAME of os-release here.
# tolerate: s/<product_name>.*/<product_name>/
# Who keeps a package is told here only.
# tolerate: /<publisher>/d
# An empty line of a description stands as a dot in dpkg's file; a blank at the end of a summary is left out here.
# tolerate: s/^\.$//
# tolerate: s/ <\/summary>/<\/summary>/
