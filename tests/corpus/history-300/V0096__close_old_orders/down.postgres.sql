UPDATE orders SET state = 'open', note = nullif(replace(note, 'closed by age', ''), '')
WHERE state = 'delivered' AND note LIKE '%closed by age';
