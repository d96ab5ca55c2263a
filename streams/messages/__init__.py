"""All messages of Tandem, one module a domain, mirroring `avro/`."""
