"""From bytes to a valid event, or to a refusal that is counted. It knows neither Flask nor SQL."""
