ALTER TABLE delivery ADD COLUMN left_out TEXT;

UPDATE metric SET host = json_object(
    'host', json_extract(host, '$[0]'),
    'told', json_object(
        json_extract(host, '$[0]'), json_array(json('true'), json_extract(host, '$[1]'))
    ),
    'changes_back', 0
) WHERE host IS NOT NULL;
