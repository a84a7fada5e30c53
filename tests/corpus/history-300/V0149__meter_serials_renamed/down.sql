UPDATE water_meters SET serial = substr(serial, 4);
