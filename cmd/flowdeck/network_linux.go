package main

import "syscall"

// network names the kind of the network file system that a folder is on; empty if it is on none that is known. On these, locks and the shared memory of
// the database are not reliable between machines.
func network(dir string) string {
	var fs syscall.Statfs_t
	if syscall.Statfs(dir, &fs) != nil {
		return ""
	}
	return networks[uint32(fs.Type)]
}

// Source: statfs(2)
var networks = map[uint32]string{
	0x6969: "NFS", 0xff534d42: "CIFS", 0xfe534d42: "SMB2", 0x517b: "SMB", 0x5346414f: "AFS", 0x00c36400: "Ceph", 0x01021997: "9P", 0x73757245: "Coda", 0x0bd00bd0: "Lustre",
}
