"""What only a developer of Myna runs, and what setup.py needs to build the compiled part."""
