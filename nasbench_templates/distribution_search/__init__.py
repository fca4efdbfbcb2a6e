"""The search for the distribution of filters that suits a network, a data set and a budget."""
