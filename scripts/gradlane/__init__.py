"""What the scripts share: reading a results folder, its tables, its charts, its page, and the speed bars."""
