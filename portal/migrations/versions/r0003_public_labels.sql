ALTER TABLE benchmark_version ADD COLUMN labels_public_at TIMESTAMP WITH TIME ZONE;
