"""What is run from the repository: the demo, the pictures, and what both build on."""
