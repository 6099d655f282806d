"""What the cases reach in the model of slurmctld: every branch that refuses, with cases on both sides."""
