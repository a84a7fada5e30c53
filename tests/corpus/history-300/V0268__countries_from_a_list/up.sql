INSERT INTO countries (code, name, continent) VALUES
    ('FR', 'France', 'Europe'), ('IT', 'Italy', 'Europe'), ('KE', 'Kenya', 'Africa'), ('NZ', 'New Zealand', 'Oceania'), ('JP', 'Japan', 'Asia')
ON CONFLICT (code) DO NOTHING;
