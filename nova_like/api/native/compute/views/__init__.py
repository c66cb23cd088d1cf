"""What compute shows of each noun. Builds dictionaries; decides nothing."""
