"""What every data set is made of: splits in memory or streamed, statistics, fixed choices."""
