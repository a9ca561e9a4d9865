#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-3.0-or-later
# The forms of "vmcraft inspect".
. "$(dirname "$0")/support.bash"

need jq xmllint mke2fs
mkdir -p tree/etc/ssh tree/bin tree/var/lib/dpkg
cat >tree/etc/os-release <<'END'
ID=debian
VERSION_ID="12"
PRETTY_NAME="Debian <12> & more"
END
echo 'yes' >tree/etc/hostname
: >tree/etc/fstab
cp /bin/true tree/bin/ls
cat >tree/var/lib/dpkg/status <<'END'
Package: lib+x
Status: install ok installed
Architecture: amd64
Source: x-src (1.0)
Version: 2:1.0~rc1-3
Homepage: http://x/?a=1&b=2
Maintainer: Somebody <s@example.org>
Description: summary: with "quotes"
 First line.
 .
 Last <line>.
END
truncate -s 32M disk.raw
mke2fs -q -F -t ext4 -L top -d tree disk.raw

inspect() { "$VMCRAFT" inspect disk.raw --engine uml "$@" 2>&1; }
json=$(inspect --json)
check 'JSON' 'debian yes ext4 lib+x' "$(jq -r '.systems[0] | .system.distro + " " + .system.hostname + " " + .disks.filesystems[0].type + " " + .packages[0].name' <<<"$json")"
check 'the package in JSON' '2|1.0~rc1|3|x-src|Somebody <s@example.org>' \
  "$(jq -r '.systems[0].packages[0] | [.epoch, .version, .release, .source_package, .publisher] | map(tostring) | join("|")' <<<"$json")"
check_match 'a text for people' '*product_name *Debian <12> & more*packages (1)*lib+x*' "$(inspect)"
check 'the same as --table' "$(inspect)" "$(inspect --table)"

if python3 -c 'import yaml' 2>/dev/null; then
  inspect --yaml >out.yaml
  check 'YAML has the same in it' "$(jq -S . <<<"$json")" \
    "$(python3 -c 'import json,sys,yaml; print(json.dumps(yaml.safe_load(open("out.yaml"))))' | jq -S .)"
fi

inspect --xml >out.xml
check 'XML is well-formed' '' "$(xmllint --noout out.xml 2>&1)"
check 'XML: product' 'Debian <12> & more' "$(xmllint --xpath 'string(//product_name)' out.xml)"
check 'XML: mount point' '/' "$(xmllint --xpath 'string(//mountpoint[@dev="/dev/sda"])' out.xml)"
check 'XML: label' 'top' "$(xmllint --xpath 'string(//filesystem[@dev="/dev/sda"]/label)' out.xml)"
check 'XML: application' 'lib+x 2 1.0~rc1 3 amd64 x-src' \
  "$(for e in name epoch version release arch source_package; do xmllint --xpath "string(//application/$e)" out.xml | tr '\n' ' '; done | sed 's/ $//')"
rules=/usr/share/doc/guestfs-tools/virt-inspector.rng.gz
if [ -e "$rules" ]; then
  zcat "$rules" >rules.rng
  check 'XML follows the rules of virt-inspector' 'out.xml validates' "$(xmllint --noout --relaxng rules.rng out.xml 2>&1)"
  printf 'ID=rocky\nVERSION_ID=9.4\nNAME="Rocky Linux"\n' >tree/etc/os-release
  truncate -s 32M rocky.raw
  mke2fs -q -F -t ext4 -d tree rocky.raw
  "$VMCRAFT" inspect rocky.raw --engine uml --xml >rocky.xml 2>&1
  check 'a distribution that the rules do not know' 'rocky.xml validates' "$(xmllint --noout --relaxng rules.rng rocky.xml 2>&1)"
fi

export SOURCE_DATE_EPOCH=0
inspect --sbom spdx >spdx.json
check 'SPDX' 'SPDX-2.3 CC0-1.0 1970-01-01T00:00:00Z' "$(jq -r '.spdxVersion + " " + .dataLicense + " " + .creationInfo.created' spdx.json)"
check 'SPDX: a URL for each package' \
  'pkg:deb/debian/lib%2Bx@2:1.0~rc1-3?arch=amd64&distro=debian-12&upstream=x-src' \
  "$(jq -r '.packages[] | select(.name == "lib+x") | .externalRefs[0].referenceLocator' spdx.json)"
check 'SPDX: relations' 'DESCRIBES CONTAINS' "$(jq -r '[.relationships[].relationshipType] | join(" ")' spdx.json)"
check 'SPDX: identifiers are unique and named in relations' 'true' \
  "$(jq '([.packages[].SPDXID] | length == (unique | length)) and ([.relationships[].relatedSpdxElement] - [.packages[].SPDXID] == [])' spdx.json)"
inspect --sbom cyclonedx >cyclonedx.json
check 'CycloneDX' 'CycloneDX 1.5 operating-system library' \
  "$(jq -r '.bomFormat + " " + .specVersion + " " + .metadata.component.type + " " + .components[0].type' cyclonedx.json)"

check_match 'an unknown bill' '*must be spdx or cyclonedx*' "$(inspect --sbom other)"
check_match 'no image' '*name an image*' "$("$VMCRAFT" inspect 2>&1)"
check_match 'a form without inspect' "*belong to 'vmcraft inspect'*" "$("$VMCRAFT" --yaml volumes disk.raw 2>&1)"
truncate -s 1M empty.raw
check_match 'no system' '*no operating system was found*' "$("$VMCRAFT" inspect empty.raw --engine uml 2>&1)"
finish
