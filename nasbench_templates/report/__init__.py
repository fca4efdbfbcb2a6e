"""Tables, statistics, pictures and the page that shows results."""
