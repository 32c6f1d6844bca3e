"""The release: what the app has gathered, as an archive in the layout of Common Voice."""
