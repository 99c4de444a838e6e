"""What one does *to* a running desk: the demo, and later drill, uat, doctor, backup, rotation."""
