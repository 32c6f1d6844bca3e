"""The validation app's database: its tables, its sessions and its migrations."""
