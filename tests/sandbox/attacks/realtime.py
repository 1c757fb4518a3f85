import os
from tools import done, must_fail

must_fail("fifo class", os.sched_setscheduler, 0, os.SCHED_FIFO, os.sched_param(1))
must_fail("round robin class", os.sched_setscheduler, 0, os.SCHED_RR, os.sched_param(50))
must_fail("higher priority", os.setpriority, os.PRIO_PROCESS, 0, -5)
must_fail("nice", os.nice, -1)
done()
