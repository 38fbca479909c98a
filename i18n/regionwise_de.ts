<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
<context>
    <name>Regionwise</name>
    <message>
        <source>'{file}' cannot be written ({reason}).</source>
        <extracomment>Text</extracomment>
        <translation>„{file}“ kann nicht geschrieben werden ({reason}).</translation>
    </message>
    <message>
        <source>1 for an event, 0 for none.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>1 for an event, 0 for none. Empty: called as in training.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>1 if samples are clustered</source>
        <extracomment>Label of an output</extracomment>
        <translation>1, wenn Stichproben geklumpt sind</translation>
    </message>
    <message>
        <source>1 if the map is what it claims to be</source>
        <extracomment>Label of an output</extracomment>
        <translation>1, wenn die Karte ist, was sie angibt</translation>
    </message>
    <message>
        <source>1 inside, 0 outside.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>1 pooled, 2 some members by block, 3 block.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A band per class; they sum to 1.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A band per component.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A band per index, or per date and index.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A band per year, called by index and date.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A band per year.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A DEM, other factors, and an inventory of landslides.</source>
        <extracomment>Text</extracomment>
        <translation>DEM, weitere Faktoren und ein Rutschungsinventar.</translation>
    </message>
    <message>
        <source>A field of all predictions, or of the reference.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A file written by an earlier run, for example for another year. Empty: measured from these rasters.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A map of classes, and a reference to compare it with.</source>
        <extracomment>Text</extracomment>
        <translation>Klassenkarte und Referenz zum Vergleich.</translation>
    </message>
    <message>
        <source>A map of each year, as of a vegetation index.</source>
        <extracomment>Text</extracomment>
        <translation>Eine Karte je Jahr, etwa eines Vegetationsindex.</translation>
    </message>
    <message>
        <source>A map, instead of a model or beside it: what its file says is told.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A model that a trainer has made.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A model that one of the training tools has written.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A name for each band in order, as RED NIR SWIR1.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A Python 3.11 to 3.14 to build with. Empty: one is looked for, and brought if there is none.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A raster of classes, or polygons with a field of strata.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A raster that a mapping tool of Regionwise has written.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A row for each factor.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A row for each pair and measure.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A row per sample.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A series of 'Make series' with these years and those before.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A series of 'Make series', instead of a raster.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A series of 'Make series', instead of rasters.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A series of 'Make series'.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A series of 'Make series'. Empty: samples hold values.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A series of 'Make series': one index, one image a year.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A series of the index of the model.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A table by class, or zones by class.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A table of 'Sample series', instead of series and samples. It needs no places.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A table with labels and factors, instead of both.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A table with the columns stratum and expected (0 to 1): what will be right, or of the class in question.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A tiny network and few epochs, to see in a minute whether all inputs fit. Its scores mean nothing.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A trained model that is fine-tuned on these samples.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A virtual raster over the file.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A virtual raster per date, to look at.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>About how many blocks there will be before merging.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Above 0 where a label is of lower trust.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Abundance</source>
        <extracomment>Group of tools</extracomment>
        <translation>Subpixelanteile</translation>
    </message>
    <message>
        <source>Abundance: from dated images to a map</source>
        <extracomment>Title of a tool</extracomment>
        <translation>Subpixelanteile: von datierten Bildern zur Karte</translation>
    </message>
    <message>
        <source>Accept labels that repeat more than rounding explains, because they were measured at each place. If they are broadcast from larger units that the source field does not name, all scores will be too good.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Accuracy, out of fold</source>
        <extracomment>Label of an output</extracomment>
        <translation>Genauigkeit, Kreuzvalidierung</translation>
    </message>
    <message>
        <source>Action</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Aktion</translation>
    </message>
    <message>
        <source>Adapt</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Anpassen an</translation>
    </message>
    <message>
        <source>Add coordinates</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Koordinaten hinzufügen</translation>
    </message>
    <message>
        <source>Add coordinates as features</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Koordinaten als Merkmale hinzufügen</translation>
    </message>
    <message>
        <source>Address of a package index. Empty: as pip and uv are set.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>After</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Nachher</translation>
    </message>
    <message>
        <source>Against the last year, then the mean; intervals left.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All of them as bands, to hand on in a model.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All rasters in it and in its folders, instead of single ones.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All rows with class and keyword.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All rows with shares, quantiles, weight and flag.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All scores as a table.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Allocation</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Aufteilung auf die Schichten</translation>
    </message>
    <message>
        <source>Allocation and expected errors.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Allow duplicates</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Wiederholungen zulassen</translation>
    </message>
    <message>
        <source>An area with its error</source>
        <extracomment>Text</extracomment>
        <translation>Eine Fläche mit ihrem Fehler</translation>
    </message>
    <message>
        <source>An authentication of QGIS with user and password.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>an NVIDIA GPU</source>
        <extracomment>Text</extracomment>
        <translation>eine NVIDIA-GPU</translation>
    </message>
    <message>
        <source>Ancillary bands</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Hilfskanäle</translation>
    </message>
    <message>
        <source>Ancillary fields</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Hilfsfelder</translation>
    </message>
    <message>
        <source>Ancillary rasters</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Hilfsraster</translation>
    </message>
    <message>
        <source>Another seed draws another sample.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Answered shares, called like the map's bands.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Any raster; its bands become fields.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Applicability</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Anwendbarkeit</translation>
    </message>
    <message>
        <source>Area above a cell, in square kilometres, from which on it is drainage.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Area to map</source>
        <extracomment>Label of a parameter; Label of an advanced parameter</extracomment>
        <translation>Zu kartierendes Gebiet</translation>
    </message>
    <message>
        <source>Areas</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Flächen</translation>
    </message>
    <message>
        <source>Areas by share, or by transition.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Areas: from a map to hectares with intervals</source>
        <extracomment>Title of a tool</extracomment>
        <translation>Flächen: von der Karte zu Hektar mit Intervallen</translation>
    </message>
    <message>
        <source>At any date, at all dates with data, or at the first one.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>At most so many passes over the training samples.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>At most so many windows; a raster with fewer is learned as a whole.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>AUC of a map of probabilities</source>
        <extracomment>Label of an output</extracomment>
        <translation>AUC einer Wahrscheinlichkeitskarte</translation>
    </message>
    <message>
        <source>AUC, out of fold</source>
        <extracomment>Label of an output</extracomment>
        <translation>AUC, Kreuzvalidierung</translation>
    </message>
    <message>
        <source>Audited samples</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Geprüfte Stichproben</translation>
    </message>
    <message>
        <source>Augment samples</source>
        <extracomment>Title of a tool</extracomment>
        <translation>Stichproben ergänzen</translation>
    </message>
    <message>
        <source>Augmented samples</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Ergänzte Stichproben</translation>
    </message>
    <message>
        <source>auto: that of the band, else of the CRS, else metres. Or metres, feet, US survey feet, centimetres, decimetres.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>auto: trees, or the stack where a GPU or the time budget allows it. network; boosting (trees on window statistics); stack (both, weighted by out-of-fold errors).</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>auto: trees, or the stack where a GPU or the time budget allows it. stack (brits, boosting, unmixing); brits; brits_reference (as published); boosting; unmixing.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>auto: trees, or the stack where a GPU or the time budget allows it. stack (pooled and boosting); boosting; pooled; meta: adapted to blocks; meta_reference: as published.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>auto: trees, or the stack where a GPU or the time budget allows it. stack (tempcnn, ltae, boosting); convlstm; convlstm_reference (as published); tempcnn; ltae; boosting.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>auto: trees, or the stack where a GPU or the time budget allows it. What the model holds; baselines always stand beside.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Bands</source>
        <extracomment>Label of a parameter; Label of an output</extracomment>
        <translation>Kanäle</translation>
    </message>
    <message>
        <source>Batch</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Stapelgröße</translation>
    </message>
    <message>
        <source>Before</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Vorher</translation>
    </message>
    <message>
        <source>Blend</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Übergangsbreite</translation>
    </message>
    <message>
        <source>Block field</source>
        <extracomment>Label of a parameter; Label of an advanced parameter</extracomment>
        <translation>Blockfeld</translation>
    </message>
    <message>
        <source>Block size (m)</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Blockgröße (m)</translation>
    </message>
    <message>
        <source>Blocks</source>
        <extracomment>Label of a parameter; Label of an advanced parameter</extracomment>
        <translation>Blöcke</translation>
    </message>
    <message>
        <source>Blocks as polygons</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Blöcke als Polygone</translation>
    </message>
    <message>
        <source>Blocks as raster</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Blöcke als Raster</translation>
    </message>
    <message>
        <source>Blocks that an iteration learns from.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Blocks with fewer are merged with neighbours, if samples are given.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Brier score, out of fold</source>
        <extracomment>Label of an output</extracomment>
        <translation>Brier-Score, Kreuzvalidierung</translation>
    </message>
    <message>
        <source>Buffer (m)</source>
        <extracomment>Label of a parameter; Label of an advanced parameter</extracomment>
        <translation>Puffer (m)</translation>
    </message>
    <message>
        <source>Cancelled.</source>
        <extracomment>Text</extracomment>
        <translation>Abgebrochen.</translation>
    </message>
    <message>
        <source>Cancelled; nothing was written.</source>
        <extracomment>Text</extracomment>
        <translation>Abgebrochen; es wurde nichts geschrieben.</translation>
    </message>
    <message>
        <source>Cancelled; the engine is as it was.</source>
        <extracomment>Text</extracomment>
        <translation>Abgebrochen; die Rechenumgebung ist unverändert.</translation>
    </message>
    <message>
        <source>Categorical</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Kategoriale Faktoren</translation>
    </message>
    <message>
        <source>Cell size (m)</source>
        <extracomment>Label of a parameter; Label of an advanced parameter</extracomment>
        <translation>Zellgröße (m)</translation>
    </message>
    <message>
        <source>Cells</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Zellen als Quadrate</translation>
    </message>
    <message>
        <source>Cells inside</source>
        <extracomment>Label of an output</extracomment>
        <translation>Zellen innerhalb</translation>
    </message>
    <message>
        <source>Cells that a sample without an event stands for; of events nothing, or the same of their stratum. Empty: the field cells_each of 'Sample negatives', if there is one.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cells to draw. Not set: as many as the precision needs.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Centres and scales each band to mean 0 and standard deviation 1, and keeps the statistics for other years.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>Zentriert und skaliert jeden Kanal auf Mittelwert 0 und Standardabweichung 1 und bewahrt die Statistik für andere Jahre auf.</translation>
    </message>
    <message>
        <source>Change</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Veränderung</translation>
    </message>
    <message>
        <source>Channels inside the network; the reference has 64.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Check engine</source>
        <extracomment>Title of a tool</extracomment>
        <translation>Rechenumgebung prüfen</translation>
    </message>
    <message>
        <source>Check samples</source>
        <extracomment>Title of a tool</extracomment>
        <translation>Stichproben prüfen</translation>
    </message>
    <message>
        <source>Checks samples for faults that would make a score look better than it is, such as repeated labels or shared places.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>Prüft Stichproben auf Fehler, die ein Gütemaß besser aussehen ließen, als es ist, etwa wiederholte Werte oder gemeinsame Orte.</translation>
    </message>
    <message>
        <source>Checks whether a map is what it says of its making, by comparing files and by making parts of it again.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>Prüft durch Vergleich von Dateien und durch erneutes Berechnen von Teilen, ob eine Karte so entstanden ist, wie sie angibt.</translation>
    </message>
    <message>
        <source>china: the field holds names of provinces, which are put together into six macro-regions.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>china: the region field holds provinces, which are put together into six macro-regions.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>City digits</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Stellen des Stadtcodes</translation>
    </message>
    <message>
        <source>City field</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Stadtfeld</translation>
    </message>
    <message>
        <source>Class colours</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Klassenfarben</translation>
    </message>
    <message>
        <source>Class field</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Klassenfeld</translation>
    </message>
    <message>
        <source>Class weights</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Klassengewichte</translation>
    </message>
    <message>
        <source>Classes</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Klassen</translation>
    </message>
    <message>
        <source>Classes (whole numbers), a band for each share, or a probability.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Classified places</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Klassifizierte Orte</translation>
    </message>
    <message>
        <source>Classify places</source>
        <extracomment>Title of a tool</extracomment>
        <translation>Orte klassifizieren</translation>
    </message>
    <message>
        <source>Climate, terrain; bands are known by name.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Code of the city. Empty: the start of the county's code.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Code of the county.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compactness</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Kompaktheit</translation>
    </message>
    <message>
        <source>Compare</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Vergleichsmodell</translation>
    </message>
    <message>
        <source>Compare models</source>
        <extracomment>Title of a tool</extracomment>
        <translation>Modelle vergleichen</translation>
    </message>
    <message>
        <source>Compares a forecast with the images that came, beside simple forecasts, inside and outside of masks.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>Vergleicht eine Vorhersage mit den später aufgenommenen Bildern, neben einfachen Vorhersagen, innerhalb und außerhalb von Masken.</translation>
    </message>
    <message>
        <source>Compares a map with independent observations: shares at any level, classes, probabilities or other numbers.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>Vergleicht eine Karte mit unabhängigen Beobachtungen: Anteile auf jeder Ebene, Klassen, Wahrscheinlichkeiten oder andere Zahlen.</translation>
    </message>
    <message>
        <source>Components</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Komponenten</translation>
    </message>
    <message>
        <source>Composition</source>
        <extracomment>Group of tools</extracomment>
        <translation>Zusammensetzung</translation>
    </message>
    <message>
        <source>Composition: first map</source>
        <extracomment>Title of a tool</extracomment>
        <translation>Zusammensetzung: erste Karte</translation>
    </message>
    <message>
        <source>Composition: from tables to a validated map</source>
        <extracomment>Title of a tool</extracomment>
        <translation>Zusammensetzung: von Tabellen zur geprüften Karte</translation>
    </message>
    <message>
        <source>Composition: regional ensemble</source>
        <extracomment>Title of a tool</extracomment>
        <translation>Zusammensetzung: regionales Ensemble</translation>
    </message>
    <message>
        <source>composition: shares from images. abundance: fractions from series. crops: classes from series. susceptibility: where landslides are likely. forecast: next year. area: an area with its error.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>composition: shares from single images. abundance: fractions from series. crops: classes from series. susceptibility: the probability of events from factors. forecast: yearly maps of an index.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compute indices</source>
        <extracomment>Title of a tool</extracomment>
        <translation>Indizes berechnen</translation>
    </message>
    <message>
        <source>Computes vegetation and ecological indices, such as NDVI, EVI or RSEI, from bands or from each date of a series.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>Berechnet Vegetations- und Umweltindizes wie NDVI, EVI oder RSEI aus Kanälen oder für jedes Datum einer Zeitreihe.</translation>
    </message>
    <message>
        <source>Confidence</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Konfidenz</translation>
    </message>
    <message>
        <source>Contour curvature</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Konturkrümmung</translation>
    </message>
    <message>
        <source>Copy diagnostics</source>
        <extracomment>Text</extracomment>
        <translation>Diagnose kopieren</translation>
    </message>
    <message>
        <source>Correlations</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Korrelationen</translation>
    </message>
    <message>
        <source>Correlations with indicators.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cost</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Kosten</translation>
    </message>
    <message>
        <source>Cost of a visit, above 0; cells without data are not visited.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Count</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Anzahl</translation>
    </message>
    <message>
        <source>Counts are given by region.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>County digits</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Stellen des Landkreiscodes</translation>
    </message>
    <message>
        <source>County field</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Landkreisfeld</translation>
    </message>
    <message>
        <source>Covariates</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Kovariablen</translation>
    </message>
    <message>
        <source>Crop map</source>
        <extracomment>Text</extracomment>
        <translation>Karte der Kulturarten</translation>
    </message>
    <message>
        <source>Crops</source>
        <extracomment>Group of tools; Text</extracomment>
        <translation>Kulturarten</translation>
    </message>
    <message>
        <source>Crops: from dated images to a map</source>
        <extracomment>Title of a tool</extracomment>
        <translation>Kulturarten: von datierten Bildern zur Karte</translation>
    </message>
    <message>
        <source>CRS</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>KBS</translation>
    </message>
    <message>
        <source>Cuts an area into blocks of similar terrain, each with enough samples to adapt a model to it.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>Teilt ein Gebiet in Blöcke ähnlichen Geländes, jeder mit genügend Stichproben, um ein Modell an ihn anzupassen.</translation>
    </message>
    <message>
        <source>d8: all water to the steepest neighbour. mfd: shared among all lower ones.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Date field</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Datumsfeld</translation>
    </message>
    <message>
        <source>Date pattern</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Datumsformat</translation>
    </message>
    <message>
        <source>Dates</source>
        <extracomment>Label of an output</extracomment>
        <translation>Daten der Zeitreihe</translation>
    </message>
    <message>
        <source>Day and night have data in settlements only, where all samples are.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Day bands</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Tagkanäle</translation>
    </message>
    <message>
        <source>Day image (7 bands)</source>
        <extracomment>Text</extracomment>
        <translation>Tagbild (7 Kanäle)</translation>
    </message>
    <message>
        <source>Day rasters</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Tagraster</translation>
    </message>
    <message>
        <source>Day sensor</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Tagsensor</translation>
    </message>
    <message>
        <source>Decides folds and weights; the same seed repeats the run.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Decides samples and orders.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Decides the places.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Decides these parts.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>default: as set in the options. auto: the GPU, if it works. cuda: NVIDIA's. mps: Apple's.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Degrees east, WGS 84.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Degrees north, WGS 84.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>DEM</source>
        <extracomment>Label of a parameter; Text</extracomment>
        <translation>Höhenmodell (DEM)</translation>
    </message>
    <message>
        <source>DEM, slope, aspect, curvature, or any rasters that tell terrain apart.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Derives slope, aspect, curvatures, wetness, stream power, relief and distance to drainage from a DEM.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>Leitet aus einem Höhenmodell (DEM) Hangneigung, Exposition, Krümmungen, Feuchteindex, Abflussenergie, Relief und Abstand zum Gewässernetz ab.</translation>
    </message>
    <message>
        <source>Describe bands</source>
        <extracomment>Title of a tool</extracomment>
        <translation>Kanäle beschreiben</translation>
    </message>
    <message>
        <source>Described raster</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Beschriebenes Raster</translation>
    </message>
    <message>
        <source>Describes dated images as one time series, and reports what is missing in it; no pixels are copied.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>Beschreibt datierte Bilder als eine Zeitreihe und berichtet, was in ihr fehlt; kein Pixel wird kopiert.</translation>
    </message>
    <message>
        <source>Design</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Stichprobenplan</translation>
    </message>
    <message>
        <source>Design field</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Feld der Stichprobengewichte</translation>
    </message>
    <message>
        <source>Design sample</source>
        <extracomment>Title of a tool</extracomment>
        <translation>Zufallsstichprobe planen</translation>
    </message>
    <message>
        <source>Deviation between members, and entropy.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Device</source>
        <extracomment>Label of a parameter; Label of an advanced parameter</extracomment>
        <translation>Recheneinheit</translation>
    </message>
    <message>
        <source>Differences</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Unterschiede</translation>
    </message>
    <message>
        <source>Differences, their deviations, and what is claimed.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Digits of a city's code; 0: the whole code.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Digits of a county's code; 0: the whole code.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>dirichlet: concentration &gt; 0, allows sparse shares. dirichlet_one: &gt; 1, as in the reference. logistic_normal: normal in log-ratios. softmax: shares alone; one concentration for all is found out of fold.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Dissimilarity, inside, density and expected error.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Distance (m)</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Mindestabstand (m)</translation>
    </message>
    <message>
        <source>Districts</source>
        <extracomment>Text</extracomment>
        <translation>Bezirke</translation>
    </message>
    <message>
        <source>Dominant factors</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Dominante Faktoren</translation>
    </message>
    <message>
        <source>Dominant share</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Größter Anteil</translation>
    </message>
    <message>
        <source>Drawn units</source>
        <extracomment>Label of an output</extracomment>
        <translation>Gezogene Einheiten</translation>
    </message>
    <message>
        <source>Draws</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Ziehungen</translation>
    </message>
    <message>
        <source>Draws a probability sample of cells, and says how many cells are needed, as a layer to fill in.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>Zieht eine Zufallsstichprobe von Zellen als Layer zum Ausfüllen und sagt, wie viele Zellen nötig sind.</translation>
    </message>
    <message>
        <source>Draws places where no landslide or other event was, and writes them with the events as samples.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>Zieht Orte, an denen keine Rutschung und kein anderes Ereignis war, und schreibt sie zusammen mit den Ereignissen als Stichproben.</translation>
    </message>
    <message>
        <source>Draws the candidates.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Draws the places that stand for the map.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Each figure as PNG, and its numbers as CSV.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Earth Engine asset that is above 0 where pixels are wanted.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Empty: recognised by the names of the tensors.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>End field</source>
        <extracomment>Label of a parameter; Label of an advanced parameter</extracomment>
        <translation>Enddatumsfeld</translation>
    </message>
    <message>
        <source>Engine</source>
        <extracomment>Group of tools; Label of a parameter; Text</extracomment>
        <translation>Rechenumgebung</translation>
    </message>
    <message>
        <source>Epochs</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Epochen</translation>
    </message>
    <message>
        <source>Error matrix</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Fehlermatrix</translation>
    </message>
    <message>
        <source>Errors, skills, and where intervals were left.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Estimate area</source>
        <extracomment>Title of a tool</extracomment>
        <translation>Flächen schätzen</translation>
    </message>
    <message>
        <source>Estimates areas of classes in hectares with intervals, and the accuracy of a map, from a probability sample.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>Schätzt aus einer Zufallsstichprobe die Flächen von Klassen in Hektar mit Intervallen und die Genauigkeit einer Karte.</translation>
    </message>
    <message>
        <source>Estimates the area of each class of a map in hectares, with intervals, by a sample that a better map answers.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>Schätzt die Fläche jeder Klasse einer Karte in Hektar mit Intervallen, anhand einer Zufallsstichprobe, deren Antworten aus einer besseren Karte kommen.</translation>
    </message>
    <message>
        <source>Estimator</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Schätzer</translation>
    </message>
    <message>
        <source>Evaluate forecast</source>
        <extracomment>Title of a tool</extracomment>
        <translation>Vorhersage bewerten</translation>
    </message>
    <message>
        <source>Evaluation</source>
        <extracomment>Group of tools</extracomment>
        <translation>Bewertung</translation>
    </message>
    <message>
        <source>Events</source>
        <extracomment>Text</extracomment>
        <translation>Ereignisse</translation>
    </message>
    <message>
        <source>Events and negatives.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>EVI</source>
        <extracomment>Text</extracomment>
        <translation>EVI</translation>
    </message>
    <message>
        <source>EVI of all years</source>
        <extracomment>Text</extracomment>
        <translation>EVI aller Jahre</translation>
    </message>
    <message>
        <source>EVI of the last year</source>
        <extracomment>Text</extracomment>
        <translation>EVI des letzten Jahres</translation>
    </message>
    <message>
        <source>exact: shares within .0001 of those of the network in 32 bit. fast: 16 bit, where a sample of the map shows that shares change by .03 at most and .001 on average. The library that computes is found by trial.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>exact: the network learns in 32 bit. fast: in 16 bit where that is possible. auto: fast on a GPU only.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Excluded area</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Ausgeschlossenes Gebiet</translation>
    </message>
    <message>
        <source>Expected shares</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Erwartete Anteile</translation>
    </message>
    <message>
        <source>Expert</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Expertenmodell</translation>
    </message>
    <message>
        <source>Explain factors</source>
        <extracomment>Title of a tool</extracomment>
        <translation>Faktoren erklären</translation>
    </message>
    <message>
        <source>Export script for Earth Engine</source>
        <extracomment>Title of a tool</extracomment>
        <translation>Skript für Earth Engine schreiben</translation>
    </message>
    <message>
        <source>Extent</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Ausdehnung</translation>
    </message>
    <message>
        <source>Extract mask</source>
        <extracomment>Title of a tool</extracomment>
        <translation>Maske ableiten</translation>
    </message>
    <message>
        <source>Extracts where a raster, or a series at its dates, has a given value, such as mines or water, as a mask.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>Leitet als Maske ab, wo ein Raster oder eine Zeitreihe an ihren Daten einen gegebenen Wert hat, etwa Bergbau oder Wasser.</translation>
    </message>
    <message>
        <source>Factor and offset, as 0.0001 or 0.0000275:-0.2, or by band, as B4=0.0001. Empty: as the files say.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Factor and offset, as 0.0001 or 0.0000275:-0.2, or by band, as NDVI=0.0001. Empty: as the files say.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Factor fields</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Faktorfelder</translation>
    </message>
    <message>
        <source>Factors</source>
        <extracomment>Label of a parameter; Text</extracomment>
        <translation>Faktoren</translation>
    </message>
    <message>
        <source>Factors in one raster</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Faktoren in einem Raster</translation>
    </message>
    <message>
        <source>False discoveries</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Falsche Meldungen (Anteil)</translation>
    </message>
    <message>
        <source>Family</source>
        <extracomment>Label of a parameter; Label of an advanced parameter</extracomment>
        <translation>Modellfamilie</translation>
    </message>
    <message>
        <source>Features</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Merkmale</translation>
    </message>
    <message>
        <source>Few shots</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Kurve mit wenigen Labels</translation>
    </message>
    <message>
        <source>Field with the region's name, of the regions or else of the samples.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fields</source>
        <extracomment>Text</extracomment>
        <translation>Felder</translation>
    </message>
    <message>
        <source>Figures</source>
        <extracomment>Label of a parameter; Label of an advanced parameter</extracomment>
        <translation>Abbildungen</translation>
    </message>
    <message>
        <source>Files that torch has saved.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Finds the official code of each place by comparing its name with an official list.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>Findet den amtlichen Code jedes Ortes, indem sein Name mit einer amtlichen Liste verglichen wird.</translation>
    </message>
    <message>
        <source>First and last month, as 6-9; 11-2 takes November to February of each year.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>First and last year, as 2019-2021.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>First date of a sample, as 2013-09-14.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>First date of a sample. Empty: of the series.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fixed weights</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Feste Gewichte</translation>
    </message>
    <message>
        <source>Flow</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Abflussverfahren</translation>
    </message>
    <message>
        <source>Fold field</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Fold-Feld</translation>
    </message>
    <message>
        <source>Folder</source>
        <extracomment>Label of a parameter; Label of an advanced parameter</extracomment>
        <translation>Ordner</translation>
    </message>
    <message>
        <source>Folder of the inputs</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Ordner der Eingaben</translation>
    </message>
    <message>
        <source>Folder of wheels, for Action = download</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Ordner für Wheels, bei Aktion = download</translation>
    </message>
    <message>
        <source>Folds</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Folds</translation>
    </message>
    <message>
        <source>Folds that you have cut.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>For download, such as 3.12: that of the other computer.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>For download: one of those that the page names, as win_amd64. Empty: this one.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>For download: the folder to make. Give it as Source on the other computer.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>For FVC. Not set: a quantile of these rasters.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>For Stratify = blocks.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>For Stratify = slope.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Forecast</source>
        <extracomment>Group of tools; Label of a parameter</extracomment>
        <translation>Vorhersage</translation>
    </message>
    <message>
        <source>Forecast by year</source>
        <extracomment>Text</extracomment>
        <translation>Vorhersage nach Jahren</translation>
    </message>
    <message>
        <source>Forecast: from yearly images to the next year</source>
        <extracomment>Title of a tool</extracomment>
        <translation>Vorhersage: von Jahresbildern zum nächsten Jahr</translation>
    </message>
    <message>
        <source>Fractions</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Bruchteile</translation>
    </message>
    <message>
        <source>Fractions from series</source>
        <extracomment>Text</extracomment>
        <translation>Subpixelanteile</translation>
    </message>
    <message>
        <source>Fractions of the training samples for a learning curve, as .05 .1 .25 .5 1.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>From 1, very low, to 5, very high.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>full: networks and trees. trees: without torch. auto: what fits.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fuzzy threshold</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Schwelle der unscharfen Suche</translation>
    </message>
    <message>
        <source>Gaps</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Lücken</translation>
    </message>
    <message>
        <source>Gives each place a class by keywords in its name, for example rural or urban.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>Gibt jedem Ort nach Stichwörtern in seinem Namen eine Klasse, zum Beispiel ländlich oder städtisch.</translation>
    </message>
    <message>
        <source>Gives the bands of a raster names, roles and units; no pixels are copied.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>Gibt den Kanälen eines Rasters Namen, Rollen und Einheiten; kein Pixel wird kopiert.</translation>
    </message>
    <message>
        <source>Goes from a DEM and an inventory of events, such as landslides, to a map of how likely they are, in one run.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>Führt in einem Lauf von einem Höhenmodell (DEM) und einem Inventar von Ereignissen, etwa Rutschungen, zu einer Karte ihrer Wahrscheinlichkeit.</translation>
    </message>
    <message>
        <source>Goes from a folder of dated images and samples to a map of class fractions in each pixel, in one run.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>Führt in einem Lauf von einem Ordner mit datierten Bildern und Stichproben zu einer Karte der Klassenanteile in jedem Pixel.</translation>
    </message>
    <message>
        <source>Goes from a folder of dated images and samples to a map of classes, such as crops, for pixels and parcels, in one run.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>Führt in einem Lauf von einem Ordner mit datierten Bildern und Stichproben zu einer Karte von Klassen, etwa Kulturarten, für Pixel und Parzellen.</translation>
    </message>
    <message>
        <source>Goes from a folder with one image a year of a vegetation index to a map of the next year, in one run.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>Führt in einem Lauf von einem Ordner mit einem Bild je Jahr eines Vegetationsindex zu einer Karte des nächsten Jahres.</translation>
    </message>
    <message>
        <source>Goes from a table of shares to a map that is checked against independent observations, in one run.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>Führt in einem Lauf von einer Tabelle mit Anteilen zu einer Karte, die mit unabhängigen Beobachtungen geprüft ist.</translation>
    </message>
    <message>
        <source>Good values</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Gültige Werte</translation>
    </message>
    <message>
        <source>Gradient steps that adapt.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>grid: all pairs of the rates below; random: some of them. Each fold chooses by its own validation part.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Group field</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Gruppenfeld</translation>
    </message>
    <message>
        <source>Groups of windows that are held out in turns, if places are.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Half the width of its interval</source>
        <extracomment>Label of an output</extracomment>
        <translation>Halbe Breite seines Intervalls</translation>
    </message>
    <message>
        <source>Half the width of the interval of the overall accuracy, or of the share of a class, as 0.03. Not set: the size decides.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Half-width in cells of the transition at borders between regions.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Head</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Ausgabeschicht</translation>
    </message>
    <message>
        <source>head: the last layer adapts; second and first: all of them do, and gradients go through the steps or not. meta_reference is always of second order.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Height unit</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Höheneinheit</translation>
    </message>
    <message>
        <source>Heights, one band, north up.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Holdout</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Zurückgehaltene Daten</translation>
    </message>
    <message>
        <source>Holds the same ids as the table.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Horizon</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Vorhersagehorizont</translation>
    </message>
    <message>
        <source>How dates are written; auto: what explains all names best. product: ids of any satellite.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How folds are cut: by kNNDM, spatial blocks, whole sources, whole regions, or random samples; by dates: whole years, or later events of held-out blocks. auto: kNNDM; in a table without places by source, else by region, else at random.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How layers on another grid than the first are brought to it. auto: finer measurements are averaged, coarser ones interpolated, codes take the nearest cell; refuse: they are an error.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How often each fraction is drawn.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How often the values of a factor are dealt anew.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How strongly AdamW pulls the weights to zero.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How the map helps.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How units are shared out among strata.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>I want to map ...</source>
        <extracomment>Text</extracomment>
        <translation>Ich möchte kartieren ...</translation>
    </message>
    <message>
        <source>ID field</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>ID-Feld</translation>
    </message>
    <message>
        <source>ID field of the polygons</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>ID-Feld der Polygone</translation>
    </message>
    <message>
        <source>Images</source>
        <extracomment>Text</extracomment>
        <translation>Bilder</translation>
    </message>
    <message>
        <source>Images of many dates, and samples of crops.</source>
        <extracomment>Text</extracomment>
        <translation>Bilder vieler Zeitpunkte und Stichproben von Kulturarten.</translation>
    </message>
    <message>
        <source>Images of many dates, and samples of fractions.</source>
        <extracomment>Text</extracomment>
        <translation>Bilder vieler Zeitpunkte und Stichproben der Anteile.</translation>
    </message>
    <message>
        <source>Images, and samples whose shares sum to 1.</source>
        <extracomment>Text</extracomment>
        <translation>Bilder und Stichproben, deren Anteile sich zu 1 addieren.</translation>
    </message>
    <message>
        <source>Import weights</source>
        <extracomment>Title of a tool</extracomment>
        <translation>Gewichte importieren</translation>
    </message>
    <message>
        <source>Importance</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Wichtigkeit</translation>
    </message>
    <message>
        <source>Imputed series</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Ergänzte Zeitreihe</translation>
    </message>
    <message>
        <source>index, or a folder of wheels.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Indicators</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Indikatoren</translation>
    </message>
    <message>
        <source>Indices</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Indizes</translation>
    </message>
    <message>
        <source>Inner rate</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Innere Lernrate</translation>
    </message>
    <message>
        <source>Inner steps</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Innere Schritte</translation>
    </message>
    <message>
        <source>Inspect model</source>
        <extracomment>Title of a tool</extracomment>
        <translation>Modell untersuchen</translation>
    </message>
    <message>
        <source>Install engine</source>
        <extracomment>Text; Title of a tool</extracomment>
        <translation>Rechenumgebung installieren</translation>
    </message>
    <message>
        <source>install: if it is missing or out of date. repair: anew in any case. remove: away with it. download: a folder of wheels instead, for a computer without internet.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Installs, repairs or removes the part of Regionwise that computes: a Python environment of its own.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>Installiert, repariert oder entfernt den Teil von Regionwise, der rechnet: eine eigene Python-Umgebung.</translation>
    </message>
    <message>
        <source>Interpreter</source>
        <extracomment>Label of an output</extracomment>
        <translation>Python-Interpreter</translation>
    </message>
    <message>
        <source>Intervals</source>
        <extracomment>Label of a parameter; Label of an advanced parameter</extracomment>
        <translation>Intervalle</translation>
    </message>
    <message>
        <source>Intervals that hold all shares of a place at once, as often as the level says. They are wider. Off: each interval holds its own share that often, and all of them together are right less often.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Inventory</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Ereignisinventar</translation>
    </message>
    <message>
        <source>Iterations</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Iterationen</translation>
    </message>
    <message>
        <source>Its description as a series.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Its errors count where a map has no uncertainty.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Its numbers that mean good data, as 0 1 4-7, or the bits that must be 0, as bits 3 4.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Joins a table of shares with polygons or coordinates into a checked layer of samples.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>Verbindet eine Tabelle mit Anteilen mit Polygonen oder Koordinaten zu einem geprüften Layer von Stichproben.</translation>
    </message>
    <message>
        <source>Joint intervals</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Gemeinsame Intervalle</translation>
    </message>
    <message>
        <source>Label field</source>
        <extracomment>Label of a parameter; Label of an advanced parameter</extracomment>
        <translation>Ereignisfeld</translation>
    </message>
    <message>
        <source>Labels of a block that adapt, at most, and as many that judge. Not set: 16, or 8 as published.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Landsat 8 and 9 (with temperature), or Sentinel-2.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Landslide inventory</source>
        <extracomment>Text</extracomment>
        <translation>Rutschungsinventar</translation>
    </message>
    <message>
        <source>Landslides</source>
        <extracomment>Text</extracomment>
        <translation>Rutschungen</translation>
    </message>
    <message>
        <source>Largest step size of AdamW: it rises to this, and falls to 0 over the epochs.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Largest step size of AdamW: it rises, then falls to 0; of the published network it is halved.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Last date of a sample.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Last year</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Letztes Jahr</translation>
    </message>
    <message>
        <source>Later</source>
        <extracomment>Text</extracomment>
        <translation>Später</translation>
    </message>
    <message>
        <source>Later years are left out. Not set: all are used.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Latitude field</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Breitengradfeld</translation>
    </message>
    <message>
        <source>Layer or table with the targets, empty where they were not observed.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layers</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Layer</translation>
    </message>
    <message>
        <source>Layers of a second sensor, for example night light. It gets a branch of its own in the network.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layers of the second sensor, if there is one.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layers with the bands of the model, in any order: they are found by name.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layers with the bands; they are found by name.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Learning curve</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Lernkurve</translation>
    </message>
    <message>
        <source>Learning rate</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Lernrate</translation>
    </message>
    <message>
        <source>Learning rates to try.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Learns how much each region should trust its own expert model, from samples that no model had seen.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>Lernt aus Stichproben, die kein Modell gesehen hat, wie sehr jede Region ihrem eigenen Expertenmodell vertrauen soll.</translation>
    </message>
    <message>
        <source>Least distance between proposals. Not set: none is kept.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Least number per stratum</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Mindestzahl je Schicht</translation>
    </message>
    <message>
        <source>Least similarity in the fuzzy round, 100 is equal. Not set: no fuzzy round.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Level</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Konfidenzniveau</translation>
    </message>
    <message>
        <source>Level field</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Ebenenfeld</translation>
    </message>
    <message>
        <source>Level of the intervals</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Niveau der Intervalle</translation>
    </message>
    <message>
        <source>Levels</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Ebenen</translation>
    </message>
    <message>
        <source>Levels between 0 and 1.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Levels of classes</source>
        <extracomment>Text</extracomment>
        <translation>Ebenen der Klassen</translation>
    </message>
    <message>
        <source>Levels of the intervals, as 0.05 0.95; the outermost are mapped.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lithology</source>
        <extracomment>Text</extracomment>
        <translation>Lithologie</translation>
    </message>
    <message>
        <source>Login of the package index</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Anmeldung am Paketindex</translation>
    </message>
    <message>
        <source>Longitude and latitude as ancillary data: they help between samples, and harm in a new region.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Longitude field</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Längengradfeld</translation>
    </message>
    <message>
        <source>Longitude, latitude, their squares and their product.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lower and upper bound of each share at the level; mean width, which it opens on.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lower bounds of all years, then upper ones.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Macro F1, out of fold</source>
        <extracomment>Label of an output</extracomment>
        <translation>Makro-F1, Kreuzvalidierung</translation>
    </message>
    <message>
        <source>Made by 'Train composition'.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Made by 'Train regions'.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Make a sample project</source>
        <extracomment>Title of a tool</extracomment>
        <translation>Beispielprojekt erstellen</translation>
    </message>
    <message>
        <source>Make samples</source>
        <extracomment>Title of a tool</extracomment>
        <translation>Stichproben erstellen</translation>
    </message>
    <message>
        <source>Make series</source>
        <extracomment>Title of a tool</extracomment>
        <translation>Zeitreihe erstellen</translation>
    </message>
    <message>
        <source>Makes a first map of shares, such as kinds of land cover, from rasters and samples, with a report of how good it is.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>Erstellt aus Rastern und Stichproben eine erste Karte von Anteilen, etwa der Landbedeckung, mit einem Bericht über ihre Güte.</translation>
    </message>
    <message>
        <source>Makes rasters, samples, regions and the true map of an invented area, to try the tools and to check scores.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>Erzeugt Raster, Stichproben, Regionen und die wahre Karte eines erfundenen Gebiets, um die Werkzeuge zu erproben und Gütemaße zu prüfen.</translation>
    </message>
    <message>
        <source>Map</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Karte</translation>
    </message>
    <message>
        <source>Map abundance</source>
        <extracomment>Title of a tool</extracomment>
        <translation>Subpixelanteile kartieren</translation>
    </message>
    <message>
        <source>Map applicability</source>
        <extracomment>Title of a tool</extracomment>
        <translation>Anwendbarkeit kartieren</translation>
    </message>
    <message>
        <source>Map change</source>
        <extracomment>Title of a tool</extracomment>
        <translation>Veränderung kartieren</translation>
    </message>
    <message>
        <source>Map composition</source>
        <extracomment>Title of a tool</extracomment>
        <translation>Zusammensetzung kartieren</translation>
    </message>
    <message>
        <source>Map crops</source>
        <extracomment>Title of a tool</extracomment>
        <translation>Kulturarten kartieren</translation>
    </message>
    <message>
        <source>Map forecast</source>
        <extracomment>Title of a tool</extracomment>
        <translation>Vorhersage kartieren</translation>
    </message>
    <message>
        <source>Map of the earlier date: shares, classes, or a probability.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Map of the later date, on the same grid.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Map susceptibility</source>
        <extracomment>Title of a tool</extracomment>
        <translation>Suszeptibilität kartieren</translation>
    </message>
    <message>
        <source>Maps</source>
        <extracomment>Label of a parameter; Text</extracomment>
        <translation>Karten</translation>
    </message>
    <message>
        <source>Maps how likely an event, such as a landslide, is in each cell, and puts the cells into five classes by a stated rule.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>Kartiert, wie wahrscheinlich ein Ereignis, etwa eine Rutschung, in jeder Zelle ist, und teilt die Zellen nach einer angegebenen Regel in fünf Klassen.</translation>
    </message>
    <message>
        <source>Maps how unlike the training samples each place is, and where the scores of a model hold.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>Kartiert, wie stark sich jeder Ort von den Trainingsstichproben unterscheidet und wo die Gütemaße eines Modells gelten.</translation>
    </message>
    <message>
        <source>Maps shares, such as kinds of land cover or livelihood, for every cell with a trained model, and how sure they are.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>Kartiert mit einem trainierten Modell für jede Zelle Anteile, etwa der Landbedeckung oder der Lebensgrundlagen, und wie sicher sie sind.</translation>
    </message>
    <message>
        <source>Maps the class of every pixel, such as its crop, and the most frequent class of every parcel, and how sure they are.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>Kartiert die Klasse jedes Pixels, etwa die Kulturart, und die häufigste Klasse jeder Parzelle und wie sicher sie sind.</translation>
    </message>
    <message>
        <source>Maps the fraction of each class in every pixel from a time series, and how sure these fractions are.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>Kartiert aus einer Zeitreihe den Anteil jeder Klasse in jedem Pixel und wie sicher diese Anteile sind.</translation>
    </message>
    <message>
        <source>Maps the years after the last one of a series, with intervals, and how they differ from the years before.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>Kartiert die Jahre nach dem letzten einer Zeitreihe mit Intervallen und wie sie sich von den Jahren davor unterscheiden.</translation>
    </message>
    <message>
        <source>Maps where two maps of two dates differ by more than their errors, so that few of the claimed changes are false.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>Kartiert, wo sich zwei Karten zweier Zeitpunkte um mehr als ihre Fehler unterscheiden, sodass nur wenige der gemeldeten Veränderungen falsch sind.</translation>
    </message>
    <message>
        <source>Mask</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Maske</translation>
    </message>
    <message>
        <source>Mask asset</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Masken-Asset</translation>
    </message>
    <message>
        <source>Mask channel</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Maskenkanal</translation>
    </message>
    <message>
        <source>Mask of mines</source>
        <extracomment>Text</extracomment>
        <translation>Bergbaumaske</translation>
    </message>
    <message>
        <source>Masks</source>
        <extracomment>Label of a parameter; Text</extracomment>
        <translation>Masken</translation>
    </message>
    <message>
        <source>Match places</source>
        <extracomment>Title of a tool</extracomment>
        <translation>Orte zuordnen</translation>
    </message>
    <message>
        <source>Matched places</source>
        <extracomment>Label of a parameter; Label of an output</extracomment>
        <translation>Zugeordnete Orte</translation>
    </message>
    <message>
        <source>Matched rows with code, round and score.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mean of the RMSE of each tested year</source>
        <extracomment>Label of an output</extracomment>
        <translation>Mittel des RMSE der getesteten Jahre</translation>
    </message>
    <message>
        <source>Mean R2 at the coarsest level</source>
        <extracomment>Label of an output</extracomment>
        <translation>Mittleres R2 auf der gröbsten Ebene</translation>
    </message>
    <message>
        <source>Mean R2 in unseen regions</source>
        <extracomment>Label of an output</extracomment>
        <translation>Mittleres R2 in ungesehenen Regionen</translation>
    </message>
    <message>
        <source>Mean R2 of one model of all regions where experts were tested</source>
        <extracomment>Label of an output</extracomment>
        <translation>Mittleres R2 eines Modells aller Regionen dort, wo Expertenmodelle getestet wurden</translation>
    </message>
    <message>
        <source>Mean R2 of the classes, out of fold</source>
        <extracomment>Label of an output</extracomment>
        <translation>Mittleres R2 der Klassen, Kreuzvalidierung</translation>
    </message>
    <message>
        <source>Mean R2 of the components, out of fold</source>
        <extracomment>Label of an output</extracomment>
        <translation>Mittleres R2 der Komponenten, Kreuzvalidierung</translation>
    </message>
    <message>
        <source>Mean R2 of the components: strict, or within if that was not asked for</source>
        <extracomment>Label of an output</extracomment>
        <translation>Mittleres R2 der Komponenten: strikt, oder innerhalb, wenn das nicht verlangt war</translation>
    </message>
    <message>
        <source>Mean R2 within regions</source>
        <extracomment>Label of an output</extracomment>
        <translation>Mittleres R2 innerhalb der Regionen</translation>
    </message>
    <message>
        <source>Mean, deviation and count of each band, to apply to other rasters.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Means and deviations of the bands.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Median of the monthly composites of VIIRS, or none.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Members</source>
        <extracomment>Label of an output</extracomment>
        <translation>Mitglieder</translation>
    </message>
    <message>
        <source>Meta batch</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Meta-Stapelgröße</translation>
    </message>
    <message>
        <source>Meta rate</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Meta-Lernrate</translation>
    </message>
    <message>
        <source>Metres around events where no negative is drawn.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Min samples</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Mindestzahl der Stichproben</translation>
    </message>
    <message>
        <source>Mirror of Pythons</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Spiegelserver für Python</translation>
    </message>
    <message>
        <source>Mode</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Modus</translation>
    </message>
    <message>
        <source>Model</source>
        <extracomment>Label of a parameter; Label of an advanced parameter; Text</extracomment>
        <translation>Modell</translation>
    </message>
    <message>
        <source>Model type</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Modelltyp</translation>
    </message>
    <message>
        <source>Months</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Monate</translation>
    </message>
    <message>
        <source>Mosaic</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Mosaik</translation>
    </message>
    <message>
        <source>Most samples</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Höchstzahl der Stichproben</translation>
    </message>
    <message>
        <source>Multispectral layers. Bands are known by name (their description, or the layer's name), not by order. The first layer gives the grid.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Name</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Name</translation>
    </message>
    <message>
        <source>Name field</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Namensfeld</translation>
    </message>
    <message>
        <source>Name of the region or province.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Names</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Namen</translation>
    </message>
    <message>
        <source>Names of shares that are answered instead.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Names of the components in the order of training.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Names of the day bands, or those of the series, in the order of training.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Names of the factors that hold codes, as lithology, land use.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Names of the night bands in the order of training.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Names that can be answered. Empty: those of the strata.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>NDVI</source>
        <extracomment>Text</extracomment>
        <translation>NDVI</translation>
    </message>
    <message>
        <source>NDVI GNDVI NDVI45 EVI OSAVI SAVI PSRI RVI NDWI FVC RSEI, or some of them.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>NDVI in the middle of the year</source>
        <extracomment>Text</extracomment>
        <translation>NDVI in der Jahresmitte</translation>
    </message>
    <message>
        <source>NDVI of all dates</source>
        <extracomment>Text</extracomment>
        <translation>NDVI aller Zeitpunkte</translation>
    </message>
    <message>
        <source>NDVI of bare soil</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>NDVI von nacktem Boden</translation>
    </message>
    <message>
        <source>NDVI of full vegetation</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>NDVI bei voller Vegetation</translation>
    </message>
    <message>
        <source>Negatives for each event, in each stratum.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>networks and trees</source>
        <extracomment>Text</extracomment>
        <translation>Netze und Bäume</translation>
    </message>
    <message>
        <source>Next year</source>
        <extracomment>Text</extracomment>
        <translation>Nächstes Jahr</translation>
    </message>
    <message>
        <source>Night bands</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Nachtkanäle</translation>
    </message>
    <message>
        <source>Night lights (VIIRS)</source>
        <extracomment>Text</extracomment>
        <translation>Nachtlichter (VIIRS)</translation>
    </message>
    <message>
        <source>Night rasters</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Nachtraster</translation>
    </message>
    <message>
        <source>Night sensor</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Nachtsensor</translation>
    </message>
    <message>
        <source>No data yet?</source>
        <extracomment>Text</extracomment>
        <translation>Noch keine Daten?</translation>
    </message>
    <message>
        <source>none: fixed settings; quick: 5 settings; full: 28. Chosen by cross-validation by source.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>none: samples count alike. balanced: classes do. focal: what is still wrong counts most (networks only).</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Number of blocks</source>
        <extracomment>Label of an output</extracomment>
        <translation>Anzahl der Blöcke</translation>
    </message>
    <message>
        <source>Number of events</source>
        <extracomment>Label of an output</extracomment>
        <translation>Anzahl der Ereignisse</translation>
    </message>
    <message>
        <source>Number of factors</source>
        <extracomment>Label of an output</extracomment>
        <translation>Anzahl der Faktoren</translation>
    </message>
    <message>
        <source>Number of negatives</source>
        <extracomment>Label of an output</extracomment>
        <translation>Anzahl der negativen Stichproben</translation>
    </message>
    <message>
        <source>Number of primary units</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Anzahl der Primäreinheiten</translation>
    </message>
    <message>
        <source>Number of problems</source>
        <extracomment>Label of an output</extracomment>
        <translation>Anzahl der Probleme</translation>
    </message>
    <message>
        <source>Numbers of a cell inside the residual network.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Numbers of a network's layers.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Numbers of a network's layers; the published ConvLSTM has 64.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Numbers of labels for a curve: fine-tuned from the start model, and from nothing, as 5 20 100.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Numbers of the network's hidden state; the reference has 100.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Numeric fields that a model would get.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Numeric fields to predict from.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Observed shares, called like the map's bands.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Of a map of classes.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Of a map of classes: what is there; of a map of probabilities: 1 and 0.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Of a model of series, instead of day rasters.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Of a year, as 6-8, or 11-2 over New Year; of seasons, as 3-5 6-8 9-11 12-2. Empty: all, or these four.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Of abundance: names of the ancillary bands in the order of training.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Of an abundance model.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Of an event.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Of maps of classes: from which to which.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Of maps: places with what is there.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Of meta-learning. Not set: 1,000, or 5,000 as published.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Of months that are called by name. Not set: the names tell it.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Of polygons. Not set: a round number that suits them.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Of polygons: what a stratum is called.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Of that interval, as 0.95.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Of that map: bands &lt;name&gt;_sd, deviation, or confidence of classes, as the map tools write them.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Of the bounds, as 0.9.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Of the classes on maps, as maize=#e69f00; rice=#0072b2. Empty: those of the samples' categories in QGIS, or else colours that are easy to tell apart.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Of the intervals, as 0.95.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Of them outside the area of applicability</source>
        <extracomment>Label of an output</extracomment>
        <translation>Davon außerhalb des Anwendungsbereichs</translation>
    </message>
    <message>
        <source>Official city field</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Amtliches Stadtfeld</translation>
    </message>
    <message>
        <source>Official code field</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Feld des amtlichen Codes</translation>
    </message>
    <message>
        <source>Official county field</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Amtliches Landkreisfeld</translation>
    </message>
    <message>
        <source>Official name field</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Amtliches Namensfeld</translation>
    </message>
    <message>
        <source>Official places</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Amtliches Ortsverzeichnis</translation>
    </message>
    <message>
        <source>One feature per observed sample with its out-of-fold prediction.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One feature per row, GeoPackage or shapefile.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One GeoTIFF per component.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One GeoTIFF per factor.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One GeoTIFF per year.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One or more bands; each counts as a date.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One page with tables and figures.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a sample project</source>
        <extracomment>Text</extracomment>
        <translation>Ein Beispielprojekt öffnen</translation>
    </message>
    <message>
        <source>Open the sample project</source>
        <extracomment>Text</extracomment>
        <translation>Das Beispielprojekt öffnen</translation>
    </message>
    <message>
        <source>Order</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Ordnung der Anpassung</translation>
    </message>
    <message>
        <source>Orders of the factors that networks are asked in at least; more follow, up to 1000, until they agree.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Origin</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Ausgangsjahr</translation>
    </message>
    <message>
        <source>Other numbers to correlate with the shares.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Other rasters: of all years, or with bands called NAME YYYY-MM-DD.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Outlines of the units.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Output folder</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Ausgabeordner</translation>
    </message>
    <message>
        <source>Overall accuracy</source>
        <extracomment>Label of an output</extracomment>
        <translation>Gesamtgenauigkeit</translation>
    </message>
    <message>
        <source>Overall accuracy of a map of classes</source>
        <extracomment>Label of an output</extracomment>
        <translation>Gesamtgenauigkeit einer Klassenkarte</translation>
    </message>
    <message>
        <source>Package index</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Paketindex</translation>
    </message>
    <message>
        <source>Pairs that a random search tries.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pairs whose main score differs beyond chance</source>
        <extracomment>Label of an output</extracomment>
        <translation>Paare, deren Hauptmaß sich mehr als zufällig unterscheidet</translation>
    </message>
    <message>
        <source>Parameter search</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Parametersuche</translation>
    </message>
    <message>
        <source>Parcel classes</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Klassen der Parzellen</translation>
    </message>
    <message>
        <source>Parcels</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Parzellen</translation>
    </message>
    <message>
        <source>Parts in which learned weights are scored.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Parts of the cross-validation.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Parts of the cross-validation; each gives a member of the model.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Patch</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Bildausschnitt</translation>
    </message>
    <message>
        <source>Patch storage</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Speicherung der Bildausschnitte</translation>
    </message>
    <message>
        <source>Patches</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Bildausschnitte</translation>
    </message>
    <message>
        <source>Patience</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Geduld (Epochen ohne Verbesserung)</translation>
    </message>
    <message>
        <source>Period</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Zeitabschnitt</translation>
    </message>
    <message>
        <source>Pixel weights</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Pixelgewichte</translation>
    </message>
    <message>
        <source>Pixels around the samples are kept on disk while the run lasts. float16 takes half of the room and keeps three digits of each value.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Placebo</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Placebo-Karten</translation>
    </message>
    <message>
        <source>Places</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Orte</translation>
    </message>
    <message>
        <source>Places to propose.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Platform</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Plattform</translation>
    </message>
    <message>
        <source>Points or polygons of events.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Points or polygons that are counted.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Points or polygons with labels.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Points or polygons with observations.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Points with rank, dissimilarity and worth.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Points, areas, or a table with coordinates.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Points, areas, or a table.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Polygons</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Polygone</translation>
    </message>
    <message>
        <source>Polygons in which nothing is drawn.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Polygons of 'Segment blocks'.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Polygons of regions, in any CRS.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Polygons of the area that will be mapped, in any CRS: how far it lies from the samples decides whether they count as clustered, and how kNNDM cuts its folds. Empty: all cells with data, but those at sea where the samples lie on land, and those of a fill that was not declared as nodata; of a table, the hull of its places.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Polygons of the area that will be mapped, in any CRS: its cells count in the share that is inside; all are mapped. Empty: all cells with data, but those at sea where the model's samples lie on land, and those of a fill that was not declared as nodata.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Polygons of the area that will be mapped, in any CRS: places are proposed inside of it. Empty: all cells with data, but those at sea where the model's samples lie on land, and those of a fill that was not declared as nodata.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Polygons of the area that will be mapped: samples are clustered or not for it. Empty: all cells with data, as in training.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Polygons of the regions, in any CRS.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Polygons of the training, or of a new area.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Polygons that are drawn first; cells are drawn in these.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Polygons that get a class each.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Polygons to estimate by.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Polygons with data</source>
        <extracomment>Label of an output</extracomment>
        <translation>Polygone mit Daten</translation>
    </message>
    <message>
        <source>Polygons with shares.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>pooled: trained on everything but the held-out sources. finetuned: one pooled model, then fine-tuned on the region.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Precision</source>
        <extracomment>Label of a parameter; Label of an advanced parameter</extracomment>
        <translation>Genauigkeit der Schätzung</translation>
    </message>
    <message>
        <source>Predictions</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Vorhersagen an Stichproben</translation>
    </message>
    <message>
        <source>Predictions of the experts</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Vorhersagen der Expertenmodelle</translation>
    </message>
    <message>
        <source>Predictions of the global model</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Vorhersagen des globalen Modells</translation>
    </message>
    <message>
        <source>Predicts the shares of units without labels from their attributes, and says how sure each prediction is.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>Sagt die Anteile von Einheiten ohne Beobachtung aus ihren Attributen voraus und gibt an, wie sicher jede Vorhersage ist.</translation>
    </message>
    <message>
        <source>Preparation</source>
        <extracomment>Group of tools</extracomment>
        <translation>Vorbereitung</translation>
    </message>
    <message>
        <source>Pretrain</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Vortraining</translation>
    </message>
    <message>
        <source>Prevalence</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Prävalenz</translation>
    </message>
    <message>
        <source>Primary field</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Feld der Primäreinheit</translation>
    </message>
    <message>
        <source>Primary units</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Primäreinheiten</translation>
    </message>
    <message>
        <source>Probabilities</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Wahrscheinlichkeiten</translation>
    </message>
    <message>
        <source>Probability</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Wahrscheinlichkeit</translation>
    </message>
    <message>
        <source>Probability field</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Feld der Ziehungswahrscheinlichkeit</translation>
    </message>
    <message>
        <source>Project</source>
        <extracomment>Label of an output</extracomment>
        <translation>Projekt</translation>
    </message>
    <message>
        <source>Projected, in metres, with an EPSG code. Empty: EPSG:6933, whose cells have equal areas.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Propose next samples</source>
        <extracomment>Title of a tool</extracomment>
        <translation>Nächste Stichproben vorschlagen</translation>
    </message>
    <message>
        <source>Proposed places</source>
        <extracomment>Label of a parameter; Label of an output</extracomment>
        <translation>Vorgeschlagene Orte</translation>
    </message>
    <message>
        <source>Proposes the places where the next field visits would improve the model most.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>Schlägt die Orte vor, an denen die nächsten Geländebesuche das Modell am meisten verbessern würden.</translation>
    </message>
    <message>
        <source>Put several files of one band and date, as tiles, together into one image.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Python</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Python</translation>
    </message>
    <message>
        <source>Python version</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Python-Version</translation>
    </message>
    <message>
        <source>Quality band</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Qualitätskanal</translation>
    </message>
    <message>
        <source>Quantiles</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Quantile</translation>
    </message>
    <message>
        <source>Quick (smoke run)</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Schnell (Probelauf)</translation>
    </message>
    <message>
        <source>Raster</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Raster</translation>
    </message>
    <message>
        <source>Raster that weighs the cells of a unit, as population; cells without a number weigh nothing. Empty: their area.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Raster that weighs the pixels of an area in its label, for example population. Empty: all alike.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rasters</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Raster</translation>
    </message>
    <message>
        <source>Rasters of 1 and 0, as 'Extract mask' writes them.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rasters of conditions. Empty: a table holds them.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rasters of one or more bands and dates.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rasters to standardise; each keeps its own grid.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rasters whose cells with data are the area.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rasters with the factors of the model, in any order.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ratio</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Verhältnis</translation>
    </message>
    <message>
        <source>Recent models and reports</source>
        <extracomment>Text</extracomment>
        <translation>Letzte Modelle und Berichte</translation>
    </message>
    <message>
        <source>Reference</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Referenz</translation>
    </message>
    <message>
        <source>Reference crops</source>
        <extracomment>Text</extracomment>
        <translation>Referenz der Kulturarten</translation>
    </message>
    <message>
        <source>Region field</source>
        <extracomment>Label of a parameter; Label of an advanced parameter</extracomment>
        <translation>Regionsfeld</translation>
    </message>
    <message>
        <source>Region preset</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Regionsvorlage</translation>
    </message>
    <message>
        <source>Regional model</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Regionales Modell</translation>
    </message>
    <message>
        <source>Regions</source>
        <extracomment>Label of a parameter; Label of an advanced parameter; Label of an output; Text</extracomment>
        <translation>Regionen</translation>
    </message>
    <message>
        <source>Regionwise: start here</source>
        <extracomment>Text</extracomment>
        <translation>Regionwise: hier beginnen</translation>
    </message>
    <message>
        <source>Relief window</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Fenster des Reliefs</translation>
    </message>
    <message>
        <source>Repeats</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Wiederholungen</translation>
    </message>
    <message>
        <source>Report</source>
        <extracomment>Label of a parameter; Text</extracomment>
        <translation>Bericht</translation>
    </message>
    <message>
        <source>Resampling of layers on other grids</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Resampling von Layern auf anderen Gittern</translation>
    </message>
    <message>
        <source>Residual blocks for day, night and fusion; the reference has 3,3,5 (it sees 39 x 39 cells); 1,1,1 sees 15 x 15.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>RMSE of all years together</source>
        <extracomment>Label of an output</extracomment>
        <translation>RMSE aller Jahre zusammen</translation>
    </message>
    <message>
        <source>RMSE, 1 year ahead, all tested years together</source>
        <extracomment>Label of an output</extracomment>
        <translation>RMSE, 1 Jahr voraus, alle getesteten Jahre zusammen</translation>
    </message>
    <message>
        <source>Roles</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Rollen</translation>
    </message>
    <message>
        <source>Rows and columns of the rasters.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rows that no rule decides.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rules</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Regeln</translation>
    </message>
    <message>
        <source>Run 'Install engine' (Processing Toolbox &gt; Regionwise &gt; Engine), or name a Python that has the packages in Settings &gt; Options &gt; Processing &gt; Providers &gt; Regionwise.</source>
        <extracomment>Text</extracomment>
        <translation>„Rechenumgebung installieren“ ausführen (Verarbeitungswerkzeuge &gt; Regionwise &gt; Rechenumgebung), oder unter Einstellungen &gt; Optionen &gt; Verarbeitung &gt; Datenanbieter &gt; Regionwise ein Python nennen, das die Pakete hat.</translation>
    </message>
    <message>
        <source>Sample</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Zufallsstichprobe</translation>
    </message>
    <message>
        <source>Sample negatives</source>
        <extracomment>Title of a tool</extracomment>
        <translation>Negative Stichproben ziehen</translation>
    </message>
    <message>
        <source>Sample project: a forecast of next year</source>
        <extracomment>Text</extracomment>
        <translation>Beispielprojekt: eine Vorhersage des nächsten Jahres</translation>
    </message>
    <message>
        <source>Sample project: an area with its error</source>
        <extracomment>Text</extracomment>
        <translation>Beispielprojekt: eine Fläche mit ihrem Fehler</translation>
    </message>
    <message>
        <source>Sample project: crops from a series of images</source>
        <extracomment>Text</extracomment>
        <translation>Beispielprojekt: Kulturarten aus einer Bildzeitreihe</translation>
    </message>
    <message>
        <source>Sample project: fractions from a series of images</source>
        <extracomment>Text</extracomment>
        <translation>Beispielprojekt: Subpixelanteile aus einer Bildzeitreihe</translation>
    </message>
    <message>
        <source>Sample project: shares from images</source>
        <extracomment>Text</extracomment>
        <translation>Beispielprojekt: Anteile aus Bildern</translation>
    </message>
    <message>
        <source>Sample project: where landslides are likely</source>
        <extracomment>Text</extracomment>
        <translation>Beispielprojekt: wo Rutschungen wahrscheinlich sind</translation>
    </message>
    <message>
        <source>Sample series</source>
        <extracomment>Title of a tool</extracomment>
        <translation>Zeitreihe an Stichproben auslesen</translation>
    </message>
    <message>
        <source>Samples</source>
        <extracomment>Label of a parameter; Label of an output; Text</extracomment>
        <translation>Stichproben</translation>
    </message>
    <message>
        <source>Samples nearer than this to a tested block or an unseen region do not train. Not set: as wide as keeps tested places out of training windows. Around strictly unseen regions never less than that.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Samples of crops</source>
        <extracomment>Text</extracomment>
        <translation>Stichproben der Kulturarten</translation>
    </message>
    <message>
        <source>Samples of fractions</source>
        <extracomment>Text</extracomment>
        <translation>Stichproben der Subpixelanteile</translation>
    </message>
    <message>
        <source>Samples of shares</source>
        <extracomment>Text</extracomment>
        <translation>Stichproben der Anteile</translation>
    </message>
    <message>
        <source>Samples per step.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Samples with labels to which the model is adapted.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Samples with shares</source>
        <extracomment>Label of an output</extracomment>
        <translation>Stichproben mit Anteilen</translation>
    </message>
    <message>
        <source>Samples with their problems.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sampling design</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Anlage der Stichprobe</translation>
    </message>
    <message>
        <source>Says which of several models or maps is better on the same samples, and whether by more than chance.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>Sagt, welches von mehreren Modellen oder welche Karte auf denselben Stichproben besser ist und ob der Unterschied größer als der Zufall ist.</translation>
    </message>
    <message>
        <source>Scale</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Skalierung der Werte</translation>
    </message>
    <message>
        <source>Scores</source>
        <extracomment>Label of a parameter; Label of an advanced parameter</extracomment>
        <translation>Gütemaße</translation>
    </message>
    <message>
        <source>Scores of each fraction and repeat.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Scores side by side.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Scores, parameter search, feature importance.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Script</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Skript</translation>
    </message>
    <message>
        <source>Search</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Suche</translation>
    </message>
    <message>
        <source>Search decays</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Zu prüfende Weight Decays</translation>
    </message>
    <message>
        <source>Search rates</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Zu prüfende Lernraten</translation>
    </message>
    <message>
        <source>Seed</source>
        <extracomment>Label of a parameter; Label of an advanced parameter</extracomment>
        <translation>Startwert der Zufallszahlen</translation>
    </message>
    <message>
        <source>Segment blocks</source>
        <extracomment>Title of a tool</extracomment>
        <translation>Geländeblöcke abgrenzen</translation>
    </message>
    <message>
        <source>Sensor</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Sensor</translation>
    </message>
    <message>
        <source>Series</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Zeitreihe</translation>
    </message>
    <message>
        <source>Series by date</source>
        <extracomment>Text</extracomment>
        <translation>Zeitreihe nach Datum</translation>
    </message>
    <message>
        <source>Series of indices</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Zeitreihe der Indizes</translation>
    </message>
    <message>
        <source>Settlements only</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Nur Siedlungen</translation>
    </message>
    <message>
        <source>Share of cells with an event in the world. Not set: as among the samples.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Share of cells within the outermost quantiles</source>
        <extracomment>Label of an output</extracomment>
        <translation>Anteil der Zellen innerhalb der äußersten Quantile</translation>
    </message>
    <message>
        <source>Share of label vectors that repeat another one</source>
        <extracomment>Label of an output</extracomment>
        <translation>Anteil der Label-Vektoren, die einen anderen wiederholen</translation>
    </message>
    <message>
        <source>Share of labels that the intervals should hold, as 0.9.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Share of missing values, if there is a report</source>
        <extracomment>Label of an output</extracomment>
        <translation>Anteil fehlender Werte, wenn es einen Bericht gibt</translation>
    </message>
    <message>
        <source>Share of the area to map inside the area of applicability</source>
        <extracomment>Label of an output</extracomment>
        <translation>Anteil des zu kartierenden Gebiets im Anwendungsbereich</translation>
    </message>
    <message>
        <source>Share of the cells that events cover</source>
        <extracomment>Label of an output</extracomment>
        <translation>Anteil der Zellen mit Ereignissen</translation>
    </message>
    <message>
        <source>Share of the values of a series that clouds hide.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Share that is claimed to have changed</source>
        <extracomment>Label of an output</extracomment>
        <translation>Als verändert gemeldeter Anteil</translation>
    </message>
    <message>
        <source>Shares</source>
        <extracomment>Label of a parameter; Text</extracomment>
        <translation>Anteile</translation>
    </message>
    <message>
        <source>Shares, a band per component.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Shares, called like the bands.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Shots</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Labels je Block</translation>
    </message>
    <message>
        <source>Shows what a model file holds: bands, members, scores and how it was trained; or what a map says of its making.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>Zeigt, was eine Modelldatei enthält: Kanäle, Mitglieder, Gütemaße und wie sie trainiert wurde; oder was eine Karte über ihre Entstehung sagt.</translation>
    </message>
    <message>
        <source>Shows which engine is used, its versions, whether the GPU really works, and how much memory and disk are free.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>Zeigt, welche Rechenumgebung benutzt wird, ihre Versionen, ob die GPU wirklich rechnet und wie viel Arbeitsspeicher und Plattenplatz frei ist.</translation>
    </message>
    <message>
        <source>Side in cells</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Seitenlänge in Zellen</translation>
    </message>
    <message>
        <source>Side in cells of the square whose pixels answer together; an even number is taken one larger. 1: each pixel for itself. Needs a series.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Side of a cell in metres.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Side of a spatial block. Not set: chosen by itself.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Side of the window of the relief in cells, odd.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Side of the windows that are learned from, in cells.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sides in cells of the windows that boosting looks at, odd numbers. Empty: 1 3 7 15; with more than 20 bands the cell itself and the mean of 3 x 3 cells.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Simulate a world with known truth</source>
        <extracomment>Title of a tool</extracomment>
        <translation>Welt mit bekannter Wahrheit simulieren</translation>
    </message>
    <message>
        <source>Size</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Umfang</translation>
    </message>
    <message>
        <source>Skill</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Vorhersagegüte</translation>
    </message>
    <message>
        <source>Skill maps</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Karten der Vorhersagegüte</translation>
    </message>
    <message>
        <source>Skill over persistence</source>
        <extracomment>Label of an output</extracomment>
        <translation>Skill-Score gegenüber Persistenz</translation>
    </message>
    <message>
        <source>Slope</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Hangneigung</translation>
    </message>
    <message>
        <source>Small: along ridges and valleys; large: nearly squares.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>So many are drawn of each stratum at least.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>So many of the last years are forecast, and scored.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>So many of them are drawn. Not set: there are none.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>So many rounds of at most 256 windows; recent years are drawn more often.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>So many tiles are made again; 0: only hashes are compared.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>So many, drawn at random, get Shapley values.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Source (index, or a folder of wheels)</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Quelle (Index oder Ordner mit Wheels)</translation>
    </message>
    <message>
        <source>Source field</source>
        <extracomment>Label of a parameter; Label of an advanced parameter</extracomment>
        <translation>Herkunftsfeld</translation>
    </message>
    <message>
        <source>Standard deviation of each share, in all and by data and model; entropy; weight of the regional expert; mean deviation, which it opens on.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Standard error to expect of the share of the whole</source>
        <extracomment>Label of an output</extracomment>
        <translation>Zu erwartender Standardfehler des Anteils am Ganzen</translation>
    </message>
    <message>
        <source>Standardise rasters</source>
        <extracomment>Title of a tool</extracomment>
        <translation>Raster standardisieren</translation>
    </message>
    <message>
        <source>Start field</source>
        <extracomment>Label of a parameter; Label of an advanced parameter</extracomment>
        <translation>Anfangsdatumsfeld</translation>
    </message>
    <message>
        <source>Start model</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Startmodell</translation>
    </message>
    <message>
        <source>stated: as fields and strata say; random: all cells of the map had the same chance.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Statistics</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Statistik</translation>
    </message>
    <message>
        <source>Statistics to apply</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Anzuwendende Statistik</translation>
    </message>
    <message>
        <source>Step size of AdamW at the start; halved when the score stalls.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Step size of meta-learning.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stops after so many epochs without a better validation score, and keeps the best weights. A network that was not stopped is trained once more, with the validation samples, too.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stops after so many epochs without a better validation score.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Strata</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Schichten</translation>
    </message>
    <message>
        <source>Stratify</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Schichtung</translation>
    </message>
    <message>
        <source>Stratum field</source>
        <extracomment>Label of a parameter; Label of an advanced parameter</extracomment>
        <translation>Schichtfeld</translation>
    </message>
    <message>
        <source>Stream area</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Einzugsfläche der Gewässer</translation>
    </message>
    <message>
        <source>Suffix rules</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Endungsregeln</translation>
    </message>
    <message>
        <source>Summarise map</source>
        <extracomment>Title of a tool</extracomment>
        <translation>Karte zusammenfassen</translation>
    </message>
    <message>
        <source>Summary</source>
        <extracomment>Label of a parameter; Label of an advanced parameter</extracomment>
        <translation>Zusammenfassung</translation>
    </message>
    <message>
        <source>Susceptibility</source>
        <extracomment>Group of tools</extracomment>
        <translation>Suszeptibilität</translation>
    </message>
    <message>
        <source>Susceptibility: from DEM and inventory to a map</source>
        <extracomment>Title of a tool</extracomment>
        <translation>Suszeptibilität: von Höhenmodell und Inventar zur Karte</translation>
    </message>
    <message>
        <source>SWIR</source>
        <extracomment>Text</extracomment>
        <translation>SWIR</translation>
    </message>
    <message>
        <source>SWIR of all dates</source>
        <extracomment>Text</extracomment>
        <translation>SWIR aller Zeitpunkte</translation>
    </message>
    <message>
        <source>Table</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Tabelle</translation>
    </message>
    <message>
        <source>Table of changes</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Tabelle der Veränderungen</translation>
    </message>
    <message>
        <source>Table of rules. Empty: those built in.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Table of shares</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Tabelle der Anteile</translation>
    </message>
    <message>
        <source>Table or layer with a field for each component.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Table or layer with names and codes of counties.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Table or layer with names.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Table or layer with official names and codes.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Table with a column 'suffix', tried in order. Empty: those of Chinese townships (resources/place_suffixes.csv, to copy and edit).</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Table with region, global and regional to compare with. Empty: half and half.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Table with region, global, regional.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Table with the columns child and parent, for coarser classes.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Table with the columns region, global and regional. Empty: half and half.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tables and a figure.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tables and figures.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Targets</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Zielfelder</translation>
    </message>
    <message>
        <source>Tells the network where data are missing; the reference does not.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tells what each factor, such as rock or rain, adds to the answers of a susceptibility model, and where.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>Zeigt, was jeder Faktor, etwa Gestein oder Niederschlag, zu den Antworten eines Suszeptibilitätsmodells beiträgt, und wo.</translation>
    </message>
    <message>
        <source>Terrain factors</source>
        <extracomment>Title of a tool</extracomment>
        <translation>Geländefaktoren</translation>
    </message>
    <message>
        <source>Test years</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Testjahre</translation>
    </message>
    <message>
        <source>That made the map: places that trained it are told.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>That made the map; it answers where no design is stated.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The answered class; or 1 and 0.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The area of the rasters.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The blocks with what counts there.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The class; or 1 and 0 of events.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The code to find.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The columns path (from the table's folder), band, date, and perhaps index.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The description, which other tools take.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The drawn units, to fill in.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The engine is installed.</source>
        <extracomment>Text</extracomment>
        <translation>Die Rechenumgebung ist installiert.</translation>
    </message>
    <message>
        <source>The engine is not installed.</source>
        <extracomment>Text</extracomment>
        <translation>Die Rechenumgebung ist nicht installiert.</translation>
    </message>
    <message>
        <source>The engine is your own Python: {}</source>
        <extracomment>Text</extracomment>
        <translation>Die Rechenumgebung ist Ihr eigenes Python: {}</translation>
    </message>
    <message>
        <source>The factors of the table.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The field that gets 1 and 0.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The field that names the block.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The field with the class: text, or whole numbers.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The fields of the classes; each row sums to 1 or to 100.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The fields of the components.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The fields of the components; each labelled row sums to 1 or to 100.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The fields of the components; each row sums to 1 or to 100.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The fields of the components; each row sums to 1 or to 100. Rows without values are left out.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The largest share of each cell, paler where it is less dominant. With classes of two levels: of the finer ones.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The last year that is seen. Not set: the last one of the series.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The model of 'Train abundance'.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The model of 'Train composition'.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The model of 'Train crops'.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The model of 'Train forecast'.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The model of 'Train regions' (hold-out both or within).</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The model of 'Train susceptibility'.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The model that made the map: means then have bounds.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The model to write.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The model with all its members, to map with.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The model, to map with.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The name of a virtual raster ends in .vrt.</source>
        <extracomment>Text</extracomment>
        <translation>Der Name eines virtuellen Rasters endet auf .vrt.</translation>
    </message>
    <message>
        <source>The name that the keywords are searched in.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The number of each cell's block.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The number of the class, from 1 on.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The number that marks the places.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The official name.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The other rows with the reason.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The page to write.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The page to write; the log says the same in short.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The parcels with majority, share, confidence and number of pixels.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The part to map. Empty: all of the first raster.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The place's name.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The primary unit of each, of a sample in two stages.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The probability of being drawn, 0 to 1.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The probability of the mapped class.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the processor</source>
        <extracomment>Text</extracomment>
        <translation>den Prozessor</translation>
    </message>
    <message>
        <source>The published network stops after so many epochs without a better validation score.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The raster that units were drawn by, if it is not the map.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The raster whose bands are described.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The region of each file. Empty: global members.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The region of each sample, for validation by regions and for baselines and calibration by region.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The region's name; polygons of one name are one region.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The same as one polygon.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The same seed gives the same result.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The same seed gives the same world.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The script to write.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The series without gaps, by date and band.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The share of claims that may be false.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The stratum of each unit.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The survey unit a label comes from (village, parcel). Its samples stay in one fold.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The survey unit a label comes from. Empty: every row is its own.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The survey unit of a label; rows of one unit are never in training and test at once.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The unit a label comes from.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The unit in which areas are told.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The unit's id. Empty: the row's number.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Their length before it is learned. Not set: 0.3, or 0.01 as published.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Those of 'Map forecast'.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Those of a susceptibility model, instead of day rasters.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Those of the model, found by name.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Those of the model. Empty: fields of the samples.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Those of two or more trainings on the same samples.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tiles</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Kacheln</translation>
    </message>
    <message>
        <source>Tiles that were made again</source>
        <extracomment>Label of an output</extracomment>
        <translation>Erneut berechnete Kacheln</translation>
    </message>
    <message>
        <source>Time budget (minutes)</source>
        <extracomment>Label of a parameter; Label of an advanced parameter</extracomment>
        <translation>Zeitbudget (Minuten)</translation>
    </message>
    <message>
        <source>Train abundance</source>
        <extracomment>Title of a tool</extracomment>
        <translation>Modell für Subpixelanteile trainieren</translation>
    </message>
    <message>
        <source>Train composition</source>
        <extracomment>Title of a tool</extracomment>
        <translation>Modell der Zusammensetzung trainieren</translation>
    </message>
    <message>
        <source>Train crops</source>
        <extracomment>Title of a tool</extracomment>
        <translation>Modell für Kulturarten trainieren</translation>
    </message>
    <message>
        <source>Train forecast</source>
        <extracomment>Title of a tool</extracomment>
        <translation>Vorhersagemodell trainieren</translation>
    </message>
    <message>
        <source>Train regions</source>
        <extracomment>Title of a tool</extracomment>
        <translation>Regionale Modelle trainieren</translation>
    </message>
    <message>
        <source>Train susceptibility</source>
        <extracomment>Title of a tool</extracomment>
        <translation>Suszeptibilitätsmodell trainieren</translation>
    </message>
    <message>
        <source>Trains a forecast of the next years of a vegetation index and tells how good it was on years it did not know.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>Trainiert eine Vorhersage der nächsten Jahre eines Vegetationsindex und sagt, wie gut sie in Jahren war, die sie nicht kannte.</translation>
    </message>
    <message>
        <source>Trains a model of class fractions within each pixel from a time series of images with gaps, and tells how good it is.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>Trainiert aus einer Zeitreihe von Bildern mit Lücken ein Modell der Klassenanteile in jedem Pixel und sagt, wie gut es ist.</translation>
    </message>
    <message>
        <source>Trains a model of how likely an event, such as a landslide, is at each place, and tells how good it is.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>Trainiert ein Modell dafür, wie wahrscheinlich ein Ereignis, etwa eine Rutschung, an jedem Ort ist, und sagt, wie gut es ist.</translation>
    </message>
    <message>
        <source>Trains a model that predicts shares, such as kinds of land cover in each cell, from rasters, and tells how good it is.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>Trainiert ein Modell, das aus Rastern Anteile voraussagt, etwa der Landbedeckung in jeder Zelle, und sagt, wie gut es ist.</translation>
    </message>
    <message>
        <source>Trains a model that tells the class of pixels or fields, such as crop types, from a time series, and how good it is.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>Trainiert ein Modell, das aus einer Zeitreihe die Klasse von Pixeln oder Feldern bestimmt, etwa die Kulturart, und sagt, wie gut es ist.</translation>
    </message>
    <message>
        <source>Trains one expert model for each region, and tells how well a model works in a region that it has never seen.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>Trainiert ein Expertenmodell für jede Region und sagt, wie gut ein Modell in einer Region ist, die es nie gesehen hat.</translation>
    </message>
    <message>
        <source>Trains one model for all and an expert model for each region, and maps shares with both together.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>Trainiert ein Modell für alle und ein Expertenmodell für jede Region und kartiert die Anteile mit beiden zusammen.</translation>
    </message>
    <message>
        <source>Transitions</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Übergänge</translation>
    </message>
    <message>
        <source>trees only</source>
        <extracomment>Text</extracomment>
        <translation>nur Bäume</translation>
    </message>
    <message>
        <source>Trials</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Versuche</translation>
    </message>
    <message>
        <source>True crops</source>
        <extracomment>Text</extracomment>
        <translation>Wahre Kulturarten</translation>
    </message>
    <message>
        <source>True fractions</source>
        <extracomment>Text</extracomment>
        <translation>Wahre Subpixelanteile</translation>
    </message>
    <message>
        <source>True probability</source>
        <extracomment>Text</extracomment>
        <translation>Wahre Wahrscheinlichkeit</translation>
    </message>
    <message>
        <source>True shares</source>
        <extracomment>Text</extracomment>
        <translation>Wahre Anteile</translation>
    </message>
    <message>
        <source>Truth</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Wahrheit</translation>
    </message>
    <message>
        <source>Truth (simulated)</source>
        <extracomment>Text</extracomment>
        <translation>Wahrheit (simuliert)</translation>
    </message>
    <message>
        <source>Turns the published weights of a known network into a model that the mapping tools can use.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>Macht aus den veröffentlichten Gewichten eines bekannten Netzes ein Modell, das die Kartierungswerkzeuge benutzen können.</translation>
    </message>
    <message>
        <source>Two maps between which nothing changed.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Two or more maps of one kind, instead.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Uncertainty</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Unsicherheit</translation>
    </message>
    <message>
        <source>Uncertainty after</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Unsicherheit nachher</translation>
    </message>
    <message>
        <source>Uncertainty before</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Unsicherheit vorher</translation>
    </message>
    <message>
        <source>Undecided places</source>
        <extracomment>Label of a parameter; Label of an output</extracomment>
        <translation>Nicht entschiedene Orte</translation>
    </message>
    <message>
        <source>uniform: anywhere in settlements. clustered: around 60 centres. clustered_broadcast: clustered, and all samples of a unit carry the unit's mean, as in official statistics.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unit</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Flächeneinheit</translation>
    </message>
    <message>
        <source>Unit field</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Einheitenfeld</translation>
    </message>
    <message>
        <source>Units</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Einheiten</translation>
    </message>
    <message>
        <source>Units of one value are one unit.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Units that were drawn, with answers.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Units to summarise by.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Units with the shares of the map.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unknown years; or unknown years in unknown places.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unmatched places</source>
        <extracomment>Label of a parameter; Label of an output</extracomment>
        <translation>Nicht zugeordnete Orte</translation>
    </message>
    <message>
        <source>Validate map</source>
        <extracomment>Title of a tool</extracomment>
        <translation>Karte validieren</translation>
    </message>
    <message>
        <source>Validation</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Validierung</translation>
    </message>
    <message>
        <source>Value</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Wert</translation>
    </message>
    <message>
        <source>Values</source>
        <extracomment>Label of a parameter; Label of an advanced parameter</extracomment>
        <translation>Werte</translation>
    </message>
    <message>
        <source>Verdict</source>
        <extracomment>Label of an output</extracomment>
        <translation>Urteil</translation>
    </message>
    <message>
        <source>Verdict, differences and tests.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Verify map</source>
        <extracomment>Title of a tool</extracomment>
        <translation>Herkunft der Karte prüfen</translation>
    </message>
    <message>
        <source>Version {version}, {engine}, for {device}.</source>
        <extracomment>Text</extracomment>
        <translation>Version {version}, {engine}, für {device}.</translation>
    </message>
    <message>
        <source>Weak field</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Feld der unsicheren Labels</translation>
    </message>
    <message>
        <source>Weak weight</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Gewicht unsicherer Labels</translation>
    </message>
    <message>
        <source>Weigh regions</source>
        <extracomment>Title of a tool</extracomment>
        <translation>Regionen gewichten</translation>
    </message>
    <message>
        <source>Weighing years</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Jahre zum Gewichten</translation>
    </message>
    <message>
        <source>Weight decay</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Weight Decay</translation>
    </message>
    <message>
        <source>Weight decays to try.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Weight field</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Gewichtsfeld</translation>
    </message>
    <message>
        <source>Weight files</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Gewichtsdateien</translation>
    </message>
    <message>
        <source>Weight of a sample in training alone, not in scores; 'Augment samples' writes one.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Weight of a unit in its level. Empty: its area on the map, or the sum of its pixel weights.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Weight of these labels beside trusted ones.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Weights</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Gewichte</translation>
    </message>
    <message>
        <source>Wetness</source>
        <extracomment>Text</extracomment>
        <translation>Feuchteindex</translation>
    </message>
    <message>
        <source>What a zone is called.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What changed, and how it was told.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What is missing, by date and band.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What learns the validations that stand beside the chosen one: boosting, in seconds, or the model itself.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What stands for a period: median, or the value nearest to its middle.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What the mask is called in tables and reports, as mine or buffer.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What training may take. With it, Model type auto learns a stack where that fits in, else trees, and validations beside the chosen one take what is left. A model type that you choose is learned even if it takes longer; you are told before. Not set: no limit.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What was drawn, as villages: intervals leave it out as a whole. Empty: units, or clusters of them.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What was found.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>When a sample is of, for validation 'years'. A year will do.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>When an event was, for validation 'spacetime': later events of held-out blocks. A year will do; places without an event need none.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Where meta-learning begins: at weights that tell hidden factors, at the pooled network, or at random. meta_reference always begins with denoising.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Where project and data go. Files of an earlier project are replaced.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Where the files go.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Where the files lie that the map was made of, if they were moved.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Where the standardised rasters go.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Where the years have come: errors and skill.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Where uv finds Pythons, if not at their makers' place.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Whether 0 is data or nodata; ask: an error if there are any.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Whether squares are written instead of their centres.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Which band is which, as RED=B4 NIR=B8.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Which build of torch: for the processor (cpu) or an NVIDIA GPU (cuda).</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Which model</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Welches Modell</translation>
    </message>
    <message>
        <source>Which tiles are drawn.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Whose bands they are; none: by Names and Roles.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Width</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Netzbreite</translation>
    </message>
    <message>
        <source>Window</source>
        <extracomment>Label of a parameter; Label of an advanced parameter</extracomment>
        <translation>Zeitfenster</translation>
    </message>
    <message>
        <source>Windows</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Fenster</translation>
    </message>
    <message>
        <source>With a band 'entropy', from 'Map composition'.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>With the samples in each block.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Within what each event gets its negatives.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>within: experts, scored on held-out sources of their region. strict: scores for unseen regions. both.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Without a series: fields with ancillary numbers.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Word in the names of the quality band.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Words in names that tell the bands, as NDVI EVI; others are left out. Empty: what tells the names apart.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Write one value per month, 16 days, year or season; none: all dates as they are.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Writes a Google Earth Engine script that makes day and night rasters of an area.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>Schreibt ein Skript für Google Earth Engine, das Tag- und Nachtraster eines Gebiets erzeugt.</translation>
    </message>
    <message>
        <source>Writes it, too, for models that learned it as plan_curvature.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Writes simulated data and a styled QGIS project, ready for its first map, in under a minute.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>Schreibt in weniger als einer Minute simulierte Daten und ein gestaltetes QGIS-Projekt, bereit für die erste Karte.</translation>
    </message>
    <message>
        <source>Writes the mean shares of a map over polygons, such as counties or parcels, with their error where the model tells it.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>Schreibt die mittleren Anteile einer Karte je Polygon, etwa für Landkreise oder Parzellen, mit ihrem Fehler, wo das Modell ihn angibt.</translation>
    </message>
    <message>
        <source>Writes the values of a time series at your samples as a table, each sample in its own span of dates.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>Schreibt die Werte einer Zeitreihe an Ihren Stichproben als Tabelle, jede Stichprobe in ihrem eigenen Zeitraum.</translation>
    </message>
    <message>
        <source>Year</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Jahr</translation>
    </message>
    <message>
        <source>Years</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Jahre</translation>
    </message>
    <message>
        <source>Years ahead.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Years before that simple forecasts see.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Years before them that are forecast, too, to weigh and calibrate.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Years that are seen.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Zeros</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Nullwerte</translation>
    </message>
    <message>
        <source>Zone field</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Zonenfeld</translation>
    </message>
    <message>
        <source>Zones</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>Zonen</translation>
    </message>
    <message>
        <source>{} MB on disk.</source>
        <extracomment>Text</extracomment>
        <translation>{} MB auf der Festplatte.</translation>
    </message>
</context>
</TS>
