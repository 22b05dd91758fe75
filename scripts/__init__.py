"""Scripts run from the repository: the demo, the pictures, and their shared parts."""
