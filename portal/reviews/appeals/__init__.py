"""Appeals: the lead applicant says that the procedure was not kept, and somebody who had no part in it decides."""
