UPDATE orders SET state = 'delivered', note = coalesce(note || '; ', '') || 'closed by age'
WHERE state = 'open' AND ordered_at < '2019-03-01';
