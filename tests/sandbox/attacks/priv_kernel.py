from tools import done, syscall

calls = {"bpf": 321, "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427, "io_setup": 206, "userfaultfd": 323,
         "perf_event_open": 298, "init_module": 175, "finit_module": 313, "delete_module": 176, "kexec_load": 246,
         "kexec_file_load": 320, "syslog": 103, "reboot": 169, "swapon": 167, "swapoff": 168, "quotactl": 179, "quotactl_fd": 443,
         "acct": 163, "iopl": 172, "ioperm": 173, "settimeofday": 164, "clock_settime": 227, "adjtimex": 159, "clock_adjtime": 305,
         "vhangup": 153, "personality": 135, "modify_ldt": 154, "fanotify_init": 300, "open_by_handle_at": 304,
         "name_to_handle_at": 303, "memfd_secret": 447, "mbind": 237, "move_pages": 279, "migrate_pages": 256,
         "set_mempolicy": 238, "lookup_dcookie": 212, "uselib": 134, "ustat": 136, "sysfs": 139, "setdomainname": 171,
         "set_mempolicy_home_node": 450}
for name, number in calls.items():
    syscall(name, number, 0, 0, 0, 0, 0, 0)
done()
