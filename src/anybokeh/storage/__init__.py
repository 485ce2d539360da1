"""Files in stores (s3://, gs://, ...): inputs are fetched to a cache folder, outputs uploaded when whole."""
