<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_Hans" sourcelanguage="en">
<context>
    <name>Regionwise</name>
    <message>
        <source>'{file}' cannot be written ({reason}).</source>
        <extracomment>Text</extracomment>
        <translation>无法写入“{file}”（{reason}）。</translation>
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
        <translation>样本聚集时为 1</translation>
    </message>
    <message>
        <source>1 if the map is what it claims to be</source>
        <extracomment>Label of an output</extracomment>
        <translation>地图与其记录一致时为 1</translation>
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
        <translation>DEM、其他因子和滑坡编目。</translation>
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
        <translation>一幅分类图和用于比较的参考数据。</translation>
    </message>
    <message>
        <source>A map of each year, as of a vegetation index.</source>
        <extracomment>Text</extracomment>
        <translation>每年一幅地图，例如植被指数。</translation>
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
        <translation>丰度</translation>
    </message>
    <message>
        <source>Abundance: from dated images to a map</source>
        <extracomment>Title of a tool</extracomment>
        <translation>丰度：从带日期的影像到地图</translation>
    </message>
    <message>
        <source>Accept labels that repeat more than rounding explains, because they were measured at each place. If they are broadcast from larger units that the source field does not name, all scores will be too good.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Accuracy, out of fold</source>
        <extracomment>Label of an output</extracomment>
        <translation>总体精度（交叉验证）</translation>
    </message>
    <message>
        <source>Action</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>操作</translation>
    </message>
    <message>
        <source>Adapt</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>适配样本</translation>
    </message>
    <message>
        <source>Add coordinates</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>加入坐标</translation>
    </message>
    <message>
        <source>Add coordinates as features</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>将坐标作为特征</translation>
    </message>
    <message>
        <source>Address of a package index. Empty: as pip and uv are set.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>After</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>变化后</translation>
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
        <translation>样本分配</translation>
    </message>
    <message>
        <source>Allocation and expected errors.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Allow duplicates</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>允许重复标签</translation>
    </message>
    <message>
        <source>An area with its error</source>
        <extracomment>Text</extracomment>
        <translation>面积及其误差</translation>
    </message>
    <message>
        <source>An authentication of QGIS with user and password.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>an NVIDIA GPU</source>
        <extracomment>Text</extracomment>
        <translation>NVIDIA GPU</translation>
    </message>
    <message>
        <source>Ancillary bands</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>辅助波段</translation>
    </message>
    <message>
        <source>Ancillary fields</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>辅助字段</translation>
    </message>
    <message>
        <source>Ancillary rasters</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>辅助栅格</translation>
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
        <translation>适用范围</translation>
    </message>
    <message>
        <source>Area above a cell, in square kilometres, from which on it is drainage.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Area to map</source>
        <extracomment>Label of a parameter; Label of an advanced parameter</extracomment>
        <translation>制图区域</translation>
    </message>
    <message>
        <source>Areas</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>面积</translation>
    </message>
    <message>
        <source>Areas by share, or by transition.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Areas: from a map to hectares with intervals</source>
        <extracomment>Title of a tool</extracomment>
        <translation>面积：从地图到带置信区间的公顷数</translation>
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
        <translation>概率地图的 AUC</translation>
    </message>
    <message>
        <source>AUC, out of fold</source>
        <extracomment>Label of an output</extracomment>
        <translation>AUC（交叉验证）</translation>
    </message>
    <message>
        <source>Audited samples</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>检查后的样本</translation>
    </message>
    <message>
        <source>Augment samples</source>
        <extracomment>Title of a tool</extracomment>
        <translation>扩充样本</translation>
    </message>
    <message>
        <source>Augmented samples</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>扩充后的样本</translation>
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
        <translation>波段</translation>
    </message>
    <message>
        <source>Batch</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>批大小</translation>
    </message>
    <message>
        <source>Before</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>变化前</translation>
    </message>
    <message>
        <source>Blend</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>过渡宽度</translation>
    </message>
    <message>
        <source>Block field</source>
        <extracomment>Label of a parameter; Label of an advanced parameter</extracomment>
        <translation>单元字段</translation>
    </message>
    <message>
        <source>Block size (m)</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>空间块大小 (m)</translation>
    </message>
    <message>
        <source>Blocks</source>
        <extracomment>Label of a parameter; Label of an advanced parameter</extracomment>
        <translation>地形单元</translation>
    </message>
    <message>
        <source>Blocks as polygons</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>地形单元（多边形）</translation>
    </message>
    <message>
        <source>Blocks as raster</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>地形单元（栅格）</translation>
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
        <translation>Brier 评分（交叉验证）</translation>
    </message>
    <message>
        <source>Buffer (m)</source>
        <extracomment>Label of a parameter; Label of an advanced parameter</extracomment>
        <translation>缓冲距离 (m)</translation>
    </message>
    <message>
        <source>Cancelled.</source>
        <extracomment>Text</extracomment>
        <translation>已取消。</translation>
    </message>
    <message>
        <source>Cancelled; nothing was written.</source>
        <extracomment>Text</extracomment>
        <translation>已取消；未写入任何内容。</translation>
    </message>
    <message>
        <source>Cancelled; the engine is as it was.</source>
        <extracomment>Text</extracomment>
        <translation>已取消；计算引擎保持原状。</translation>
    </message>
    <message>
        <source>Categorical</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>类别型因子</translation>
    </message>
    <message>
        <source>Cell size (m)</source>
        <extracomment>Label of a parameter; Label of an advanced parameter</extracomment>
        <translation>像元大小 (m)</translation>
    </message>
    <message>
        <source>Cells</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>像元输出为方格</translation>
    </message>
    <message>
        <source>Cells inside</source>
        <extracomment>Label of an output</extracomment>
        <translation>掩膜内的像元数</translation>
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
        <translation>将每个波段标准化为均值 0、标准差 1，并保存统计量供其他年份使用。</translation>
    </message>
    <message>
        <source>Change</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>变化</translation>
    </message>
    <message>
        <source>Channels inside the network; the reference has 64.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Check engine</source>
        <extracomment>Title of a tool</extracomment>
        <translation>检查计算引擎</translation>
    </message>
    <message>
        <source>Check samples</source>
        <extracomment>Title of a tool</extracomment>
        <translation>检查样本</translation>
    </message>
    <message>
        <source>Checks samples for faults that would make a score look better than it is, such as repeated labels or shared places.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>检查样本中会使精度虚高的问题，例如重复的标签或重合的位置。</translation>
    </message>
    <message>
        <source>Checks whether a map is what it says of its making, by comparing files and by making parts of it again.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>通过比较文件并重新计算部分内容，核查地图是否与其记录的制作过程一致。</translation>
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
        <translation>市级代码位数</translation>
    </message>
    <message>
        <source>City field</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>市字段</translation>
    </message>
    <message>
        <source>Class colours</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>类别颜色</translation>
    </message>
    <message>
        <source>Class field</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>类别字段</translation>
    </message>
    <message>
        <source>Class weights</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>类别权重</translation>
    </message>
    <message>
        <source>Classes</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>类别</translation>
    </message>
    <message>
        <source>Classes (whole numbers), a band for each share, or a probability.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Classified places</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>分类后的地点</translation>
    </message>
    <message>
        <source>Classify places</source>
        <extracomment>Title of a tool</extracomment>
        <translation>地点分类</translation>
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
        <translation>紧凑度</translation>
    </message>
    <message>
        <source>Compare</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>对照模型</translation>
    </message>
    <message>
        <source>Compare models</source>
        <extracomment>Title of a tool</extracomment>
        <translation>比较模型</translation>
    </message>
    <message>
        <source>Compares a forecast with the images that came, beside simple forecasts, inside and outside of masks.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>将预测与后来获得的影像比较，并与简单预测对照，分别统计掩膜内外。</translation>
    </message>
    <message>
        <source>Compares a map with independent observations: shares at any level, classes, probabilities or other numbers.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>将地图与独立观测比较：任意层级的占比、类别、概率或其他数值。</translation>
    </message>
    <message>
        <source>Components</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>组分</translation>
    </message>
    <message>
        <source>Composition</source>
        <extracomment>Group of tools</extracomment>
        <translation>组成</translation>
    </message>
    <message>
        <source>Composition: first map</source>
        <extracomment>Title of a tool</extracomment>
        <translation>组成：第一张地图</translation>
    </message>
    <message>
        <source>Composition: from tables to a validated map</source>
        <extracomment>Title of a tool</extracomment>
        <translation>组成：从表格到经过验证的地图</translation>
    </message>
    <message>
        <source>Composition: regional ensemble</source>
        <extracomment>Title of a tool</extracomment>
        <translation>组成：区域集成模型</translation>
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
        <translation>计算指数</translation>
    </message>
    <message>
        <source>Computes vegetation and ecological indices, such as NDVI, EVI or RSEI, from bands or from each date of a series.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>由波段或时间序列的每个日期计算植被和生态指数，如 NDVI、EVI 或 RSEI。</translation>
    </message>
    <message>
        <source>Confidence</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>置信度</translation>
    </message>
    <message>
        <source>Contour curvature</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>等高线曲率</translation>
    </message>
    <message>
        <source>Copy diagnostics</source>
        <extracomment>Text</extracomment>
        <translation>复制诊断信息</translation>
    </message>
    <message>
        <source>Correlations</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>相关性</translation>
    </message>
    <message>
        <source>Correlations with indicators.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cost</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>成本</translation>
    </message>
    <message>
        <source>Cost of a visit, above 0; cells without data are not visited.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Count</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>数量</translation>
    </message>
    <message>
        <source>Counts are given by region.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>County digits</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>县级代码位数</translation>
    </message>
    <message>
        <source>County field</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>县字段</translation>
    </message>
    <message>
        <source>Covariates</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>协变量</translation>
    </message>
    <message>
        <source>Crop map</source>
        <extracomment>Text</extracomment>
        <translation>作物图</translation>
    </message>
    <message>
        <source>Crops</source>
        <extracomment>Group of tools; Text</extracomment>
        <translation>作物</translation>
    </message>
    <message>
        <source>Crops: from dated images to a map</source>
        <extracomment>Title of a tool</extracomment>
        <translation>作物：从带日期的影像到地图</translation>
    </message>
    <message>
        <source>CRS</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>坐标参照系</translation>
    </message>
    <message>
        <source>Cuts an area into blocks of similar terrain, each with enough samples to adapt a model to it.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>将区域划分为地形相似的单元，每个单元有足够的样本使模型与之适配。</translation>
    </message>
    <message>
        <source>d8: all water to the steepest neighbour. mfd: shared among all lower ones.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Date field</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>日期字段</translation>
    </message>
    <message>
        <source>Date pattern</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>日期格式</translation>
    </message>
    <message>
        <source>Dates</source>
        <extracomment>Label of an output</extracomment>
        <translation>日期数</translation>
    </message>
    <message>
        <source>Day and night have data in settlements only, where all samples are.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Day bands</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>日间波段</translation>
    </message>
    <message>
        <source>Day image (7 bands)</source>
        <extracomment>Text</extracomment>
        <translation>日间影像（7 个波段）</translation>
    </message>
    <message>
        <source>Day rasters</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>日间栅格</translation>
    </message>
    <message>
        <source>Day sensor</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>日间传感器</translation>
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
        <translation>数字高程模型 (DEM)</translation>
    </message>
    <message>
        <source>DEM, slope, aspect, curvature, or any rasters that tell terrain apart.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Derives slope, aspect, curvatures, wetness, stream power, relief and distance to drainage from a DEM.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>由 DEM 计算坡度、坡向、曲率、地形湿度、水流强度、起伏度和到水系的距离。</translation>
    </message>
    <message>
        <source>Describe bands</source>
        <extracomment>Title of a tool</extracomment>
        <translation>描述波段</translation>
    </message>
    <message>
        <source>Described raster</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>描述后的栅格</translation>
    </message>
    <message>
        <source>Describes dated images as one time series, and reports what is missing in it; no pixels are copied.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>将带日期的影像描述为一个时间序列，并报告其中的缺失；不复制像元。</translation>
    </message>
    <message>
        <source>Design</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>抽样方案</translation>
    </message>
    <message>
        <source>Design field</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>抽样权重字段</translation>
    </message>
    <message>
        <source>Design sample</source>
        <extracomment>Title of a tool</extracomment>
        <translation>抽样设计</translation>
    </message>
    <message>
        <source>Deviation between members, and entropy.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Device</source>
        <extracomment>Label of a parameter; Label of an advanced parameter</extracomment>
        <translation>计算设备</translation>
    </message>
    <message>
        <source>Differences</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>差异</translation>
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
        <translation>最小间距 (m)</translation>
    </message>
    <message>
        <source>Districts</source>
        <extracomment>Text</extracomment>
        <translation>行政区</translation>
    </message>
    <message>
        <source>Dominant factors</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>主导因子</translation>
    </message>
    <message>
        <source>Dominant share</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>优势占比</translation>
    </message>
    <message>
        <source>Drawn units</source>
        <extracomment>Label of an output</extracomment>
        <translation>抽取的单元数</translation>
    </message>
    <message>
        <source>Draws</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>抽取次数</translation>
    </message>
    <message>
        <source>Draws a probability sample of cells, and says how many cells are needed, as a layer to fill in.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>抽取像元的概率样本，生成待填写的图层，并说明需要多少个像元。</translation>
    </message>
    <message>
        <source>Draws places where no landslide or other event was, and writes them with the events as samples.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>抽取没有发生滑坡或其他事件的地点，并与事件一起写为样本。</translation>
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
        <translation>结束日期字段</translation>
    </message>
    <message>
        <source>Engine</source>
        <extracomment>Group of tools; Label of a parameter; Text</extracomment>
        <translation>计算引擎</translation>
    </message>
    <message>
        <source>Epochs</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>训练轮数</translation>
    </message>
    <message>
        <source>Error matrix</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>误差矩阵</translation>
    </message>
    <message>
        <source>Errors, skills, and where intervals were left.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Estimate area</source>
        <extracomment>Title of a tool</extracomment>
        <translation>估算面积</translation>
    </message>
    <message>
        <source>Estimates areas of classes in hectares with intervals, and the accuracy of a map, from a probability sample.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>根据概率样本估算各类别的面积（公顷）及其置信区间，以及地图的精度。</translation>
    </message>
    <message>
        <source>Estimates the area of each class of a map in hectares, with intervals, by a sample that a better map answers.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>利用由更可靠的地图给出答案的概率样本，估算地图各类别的面积（公顷）及其置信区间。</translation>
    </message>
    <message>
        <source>Estimator</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>估计量</translation>
    </message>
    <message>
        <source>Evaluate forecast</source>
        <extracomment>Title of a tool</extracomment>
        <translation>评价预测</translation>
    </message>
    <message>
        <source>Evaluation</source>
        <extracomment>Group of tools</extracomment>
        <translation>评价</translation>
    </message>
    <message>
        <source>Events</source>
        <extracomment>Text</extracomment>
        <translation>事件</translation>
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
        <translation>所有年份的 EVI</translation>
    </message>
    <message>
        <source>EVI of the last year</source>
        <extracomment>Text</extracomment>
        <translation>最后一年的 EVI</translation>
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
        <translation>排除区域</translation>
    </message>
    <message>
        <source>Expected shares</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>预期占比</translation>
    </message>
    <message>
        <source>Expert</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>专家模型</translation>
    </message>
    <message>
        <source>Explain factors</source>
        <extracomment>Title of a tool</extracomment>
        <translation>解释因子</translation>
    </message>
    <message>
        <source>Export script for Earth Engine</source>
        <extracomment>Title of a tool</extracomment>
        <translation>导出 Earth Engine 脚本</translation>
    </message>
    <message>
        <source>Extent</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>范围</translation>
    </message>
    <message>
        <source>Extract mask</source>
        <extracomment>Title of a tool</extracomment>
        <translation>提取掩膜</translation>
    </message>
    <message>
        <source>Extracts where a raster, or a series at its dates, has a given value, such as mines or water, as a mask.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>提取栅格（或时间序列各日期）中等于给定值的位置作为掩膜，例如矿区或水体。</translation>
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
        <translation>因子字段</translation>
    </message>
    <message>
        <source>Factors</source>
        <extracomment>Label of a parameter; Text</extracomment>
        <translation>因子</translation>
    </message>
    <message>
        <source>Factors in one raster</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>合并为一个栅格的因子</translation>
    </message>
    <message>
        <source>False discoveries</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>错误发现率</translation>
    </message>
    <message>
        <source>Family</source>
        <extracomment>Label of a parameter; Label of an advanced parameter</extracomment>
        <translation>模型类别</translation>
    </message>
    <message>
        <source>Features</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>特征</translation>
    </message>
    <message>
        <source>Few shots</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>少样本曲线</translation>
    </message>
    <message>
        <source>Field with the region's name, of the regions or else of the samples.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fields</source>
        <extracomment>Text</extracomment>
        <translation>田块</translation>
    </message>
    <message>
        <source>Figures</source>
        <extracomment>Label of a parameter; Label of an advanced parameter</extracomment>
        <translation>图件</translation>
    </message>
    <message>
        <source>Files that torch has saved.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Finds the official code of each place by comparing its name with an official list.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>将地名与官方名录比较，找出每个地点的官方代码。</translation>
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
        <translation>固定权重</translation>
    </message>
    <message>
        <source>Flow</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>流向算法</translation>
    </message>
    <message>
        <source>Fold field</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>折字段</translation>
    </message>
    <message>
        <source>Folder</source>
        <extracomment>Label of a parameter; Label of an advanced parameter</extracomment>
        <translation>文件夹</translation>
    </message>
    <message>
        <source>Folder of the inputs</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>输入数据文件夹</translation>
    </message>
    <message>
        <source>Folder of wheels, for Action = download</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>wheel 文件夹（操作为 download 时）</translation>
    </message>
    <message>
        <source>Folds</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>折数</translation>
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
        <translation>预测</translation>
    </message>
    <message>
        <source>Forecast by year</source>
        <extracomment>Text</extracomment>
        <translation>逐年预测</translation>
    </message>
    <message>
        <source>Forecast: from yearly images to the next year</source>
        <extracomment>Title of a tool</extracomment>
        <translation>预测：从逐年影像到下一年</translation>
    </message>
    <message>
        <source>Fractions</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>样本比例</translation>
    </message>
    <message>
        <source>Fractions from series</source>
        <extracomment>Text</extracomment>
        <translation>由时间序列得到丰度</translation>
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
        <translation>模糊匹配阈值</translation>
    </message>
    <message>
        <source>Gaps</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>缺失比例</translation>
    </message>
    <message>
        <source>Gives each place a class by keywords in its name, for example rural or urban.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>根据名称中的关键词为每个地点指定类别，例如农村或城市。</translation>
    </message>
    <message>
        <source>Gives the bands of a raster names, roles and units; no pixels are copied.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>为栅格的波段指定名称、角色和单位；不复制像元。</translation>
    </message>
    <message>
        <source>Goes from a DEM and an inventory of events, such as landslides, to a map of how likely they are, in one run.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>一次运行完成：从 DEM 和事件编目（如滑坡）得到事件可能性的地图。</translation>
    </message>
    <message>
        <source>Goes from a folder of dated images and samples to a map of class fractions in each pixel, in one run.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>一次运行完成：从带日期的影像文件夹和样本得到每个像元内各类别丰度的地图。</translation>
    </message>
    <message>
        <source>Goes from a folder of dated images and samples to a map of classes, such as crops, for pixels and parcels, in one run.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>一次运行完成：从带日期的影像文件夹和样本得到像元和地块的类别（如作物）地图。</translation>
    </message>
    <message>
        <source>Goes from a folder with one image a year of a vegetation index to a map of the next year, in one run.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>一次运行完成：从每年一幅植被指数影像的文件夹得到下一年的地图。</translation>
    </message>
    <message>
        <source>Goes from a table of shares to a map that is checked against independent observations, in one run.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>一次运行完成：从占比表得到用独立观测验证过的地图。</translation>
    </message>
    <message>
        <source>Good values</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>有效值</translation>
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
        <translation>分组字段</translation>
    </message>
    <message>
        <source>Groups of windows that are held out in turns, if places are.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Half the width of its interval</source>
        <extracomment>Label of an output</extracomment>
        <translation>置信区间的半宽</translation>
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
        <translation>输出层</translation>
    </message>
    <message>
        <source>head: the last layer adapts; second and first: all of them do, and gradients go through the steps or not. meta_reference is always of second order.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Height unit</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>高程单位</translation>
    </message>
    <message>
        <source>Heights, one band, north up.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Holdout</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>留出方式</translation>
    </message>
    <message>
        <source>Holds the same ids as the table.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Horizon</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>预测时长</translation>
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
        <translation>我要制图……</translation>
    </message>
    <message>
        <source>ID field</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>ID 字段</translation>
    </message>
    <message>
        <source>ID field of the polygons</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>多边形的 ID 字段</translation>
    </message>
    <message>
        <source>Images</source>
        <extracomment>Text</extracomment>
        <translation>影像</translation>
    </message>
    <message>
        <source>Images of many dates, and samples of crops.</source>
        <extracomment>Text</extracomment>
        <translation>多个日期的影像和作物样本。</translation>
    </message>
    <message>
        <source>Images of many dates, and samples of fractions.</source>
        <extracomment>Text</extracomment>
        <translation>多个日期的影像和丰度样本。</translation>
    </message>
    <message>
        <source>Images, and samples whose shares sum to 1.</source>
        <extracomment>Text</extracomment>
        <translation>影像，以及占比之和为 1 的样本。</translation>
    </message>
    <message>
        <source>Import weights</source>
        <extracomment>Title of a tool</extracomment>
        <translation>导入权重</translation>
    </message>
    <message>
        <source>Importance</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>重要性</translation>
    </message>
    <message>
        <source>Imputed series</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>插补后的时间序列</translation>
    </message>
    <message>
        <source>index, or a folder of wheels.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Indicators</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>指标</translation>
    </message>
    <message>
        <source>Indices</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>指数</translation>
    </message>
    <message>
        <source>Inner rate</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>内层学习率</translation>
    </message>
    <message>
        <source>Inner steps</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>内层步数</translation>
    </message>
    <message>
        <source>Inspect model</source>
        <extracomment>Title of a tool</extracomment>
        <translation>查看模型</translation>
    </message>
    <message>
        <source>Install engine</source>
        <extracomment>Text; Title of a tool</extracomment>
        <translation>安装计算引擎</translation>
    </message>
    <message>
        <source>install: if it is missing or out of date. repair: anew in any case. remove: away with it. download: a folder of wheels instead, for a computer without internet.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Installs, repairs or removes the part of Regionwise that computes: a Python environment of its own.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>安装、修复或移除 Regionwise 中负责计算的部分：一个独立的 Python 环境。</translation>
    </message>
    <message>
        <source>Interpreter</source>
        <extracomment>Label of an output</extracomment>
        <translation>Python 解释器</translation>
    </message>
    <message>
        <source>Intervals</source>
        <extracomment>Label of a parameter; Label of an advanced parameter</extracomment>
        <translation>区间</translation>
    </message>
    <message>
        <source>Intervals that hold all shares of a place at once, as often as the level says. They are wider. Off: each interval holds its own share that often, and all of them together are right less often.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Inventory</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>事件编目</translation>
    </message>
    <message>
        <source>Iterations</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>迭代次数</translation>
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
        <translation>将占比表与多边形或坐标连接，生成经过检查的样本图层。</translation>
    </message>
    <message>
        <source>Joint intervals</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>联合区间</translation>
    </message>
    <message>
        <source>Label field</source>
        <extracomment>Label of a parameter; Label of an advanced parameter</extracomment>
        <translation>标签字段</translation>
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
        <translation>滑坡编目</translation>
    </message>
    <message>
        <source>Landslides</source>
        <extracomment>Text</extracomment>
        <translation>滑坡</translation>
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
        <translation>最后一年</translation>
    </message>
    <message>
        <source>Later</source>
        <extracomment>Text</extracomment>
        <translation>稍后</translation>
    </message>
    <message>
        <source>Later years are left out. Not set: all are used.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Latitude field</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>纬度字段</translation>
    </message>
    <message>
        <source>Layer or table with the targets, empty where they were not observed.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layers</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>图层</translation>
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
        <translation>学习曲线</translation>
    </message>
    <message>
        <source>Learning rate</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>学习率</translation>
    </message>
    <message>
        <source>Learning rates to try.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Learns how much each region should trust its own expert model, from samples that no model had seen.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>利用所有模型都未见过的样本，学习每个区域应在多大程度上信任自己的专家模型。</translation>
    </message>
    <message>
        <source>Least distance between proposals. Not set: none is kept.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Least number per stratum</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>每层最少数量</translation>
    </message>
    <message>
        <source>Least similarity in the fuzzy round, 100 is equal. Not set: no fuzzy round.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Level</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>置信水平</translation>
    </message>
    <message>
        <source>Level field</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>层级字段</translation>
    </message>
    <message>
        <source>Level of the intervals</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>区间的置信水平</translation>
    </message>
    <message>
        <source>Levels</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>层级</translation>
    </message>
    <message>
        <source>Levels between 0 and 1.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Levels of classes</source>
        <extracomment>Text</extracomment>
        <translation>类别层级</translation>
    </message>
    <message>
        <source>Levels of the intervals, as 0.05 0.95; the outermost are mapped.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lithology</source>
        <extracomment>Text</extracomment>
        <translation>岩性</translation>
    </message>
    <message>
        <source>Login of the package index</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>软件包索引的登录信息</translation>
    </message>
    <message>
        <source>Longitude and latitude as ancillary data: they help between samples, and harm in a new region.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Longitude field</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>经度字段</translation>
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
        <translation>宏平均 F1（交叉验证）</translation>
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
        <translation>创建示例工程</translation>
    </message>
    <message>
        <source>Make samples</source>
        <extracomment>Title of a tool</extracomment>
        <translation>制作样本</translation>
    </message>
    <message>
        <source>Make series</source>
        <extracomment>Title of a tool</extracomment>
        <translation>制作时间序列</translation>
    </message>
    <message>
        <source>Makes a first map of shares, such as kinds of land cover, from rasters and samples, with a report of how good it is.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>由栅格和样本制作第一张占比地图（如土地覆盖类型），并报告其精度。</translation>
    </message>
    <message>
        <source>Makes rasters, samples, regions and the true map of an invented area, to try the tools and to check scores.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>生成虚构区域的栅格、样本、分区和真实地图，用于试用工具和检验精度。</translation>
    </message>
    <message>
        <source>Map</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>地图</translation>
    </message>
    <message>
        <source>Map abundance</source>
        <extracomment>Title of a tool</extracomment>
        <translation>丰度制图</translation>
    </message>
    <message>
        <source>Map applicability</source>
        <extracomment>Title of a tool</extracomment>
        <translation>适用范围制图</translation>
    </message>
    <message>
        <source>Map change</source>
        <extracomment>Title of a tool</extracomment>
        <translation>变化制图</translation>
    </message>
    <message>
        <source>Map composition</source>
        <extracomment>Title of a tool</extracomment>
        <translation>组成制图</translation>
    </message>
    <message>
        <source>Map crops</source>
        <extracomment>Title of a tool</extracomment>
        <translation>作物制图</translation>
    </message>
    <message>
        <source>Map forecast</source>
        <extracomment>Title of a tool</extracomment>
        <translation>预测制图</translation>
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
        <translation>易发性制图</translation>
    </message>
    <message>
        <source>Maps</source>
        <extracomment>Label of a parameter; Text</extracomment>
        <translation>地图</translation>
    </message>
    <message>
        <source>Maps how likely an event, such as a landslide, is in each cell, and puts the cells into five classes by a stated rule.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>绘制每个像元发生事件（如滑坡）的可能性，并按明确的规则将像元分为五级。</translation>
    </message>
    <message>
        <source>Maps how unlike the training samples each place is, and where the scores of a model hold.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>绘制各地与训练样本的差异程度，以及模型精度在哪些地方有效。</translation>
    </message>
    <message>
        <source>Maps shares, such as kinds of land cover or livelihood, for every cell with a trained model, and how sure they are.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>用训练好的模型绘制每个像元的占比（如土地覆盖或生计类型），以及占比的可靠程度。</translation>
    </message>
    <message>
        <source>Maps the class of every pixel, such as its crop, and the most frequent class of every parcel, and how sure they are.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>绘制每个像元的类别（如作物）和每个地块中最多的类别，以及结果的可靠程度。</translation>
    </message>
    <message>
        <source>Maps the fraction of each class in every pixel from a time series, and how sure these fractions are.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>根据时间序列绘制每个像元内各类别的丰度，以及丰度的可靠程度。</translation>
    </message>
    <message>
        <source>Maps the years after the last one of a series, with intervals, and how they differ from the years before.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>绘制时间序列最后一年之后各年的地图及预测区间，以及与之前年份的差异。</translation>
    </message>
    <message>
        <source>Maps where two maps of two dates differ by more than their errors, so that few of the claimed changes are false.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>绘制两个时期的地图差异超出误差的位置，使判定的变化中只有少数为误判。</translation>
    </message>
    <message>
        <source>Mask</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>掩膜</translation>
    </message>
    <message>
        <source>Mask asset</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>掩膜资产</translation>
    </message>
    <message>
        <source>Mask channel</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>掩膜通道</translation>
    </message>
    <message>
        <source>Mask of mines</source>
        <extracomment>Text</extracomment>
        <translation>矿区掩膜</translation>
    </message>
    <message>
        <source>Masks</source>
        <extracomment>Label of a parameter; Text</extracomment>
        <translation>掩膜</translation>
    </message>
    <message>
        <source>Match places</source>
        <extracomment>Title of a tool</extracomment>
        <translation>匹配地点</translation>
    </message>
    <message>
        <source>Matched places</source>
        <extracomment>Label of a parameter; Label of an output</extracomment>
        <translation>已匹配的地点</translation>
    </message>
    <message>
        <source>Matched rows with code, round and score.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mean of the RMSE of each tested year</source>
        <extracomment>Label of an output</extracomment>
        <translation>各测试年份 RMSE 的平均值</translation>
    </message>
    <message>
        <source>Mean R2 at the coarsest level</source>
        <extracomment>Label of an output</extracomment>
        <translation>最粗层级的平均 R2</translation>
    </message>
    <message>
        <source>Mean R2 in unseen regions</source>
        <extracomment>Label of an output</extracomment>
        <translation>未见区域的平均 R2</translation>
    </message>
    <message>
        <source>Mean R2 of one model of all regions where experts were tested</source>
        <extracomment>Label of an output</extracomment>
        <translation>全局模型在专家模型测试样本上的平均 R2</translation>
    </message>
    <message>
        <source>Mean R2 of the classes, out of fold</source>
        <extracomment>Label of an output</extracomment>
        <translation>各类别的平均 R2（交叉验证）</translation>
    </message>
    <message>
        <source>Mean R2 of the components, out of fold</source>
        <extracomment>Label of an output</extracomment>
        <translation>各组分的平均 R2（交叉验证）</translation>
    </message>
    <message>
        <source>Mean R2 of the components: strict, or within if that was not asked for</source>
        <extracomment>Label of an output</extracomment>
        <translation>各组分的平均 R2：严格验证；未要求时为区域内验证</translation>
    </message>
    <message>
        <source>Mean R2 within regions</source>
        <extracomment>Label of an output</extracomment>
        <translation>区域内的平均 R2</translation>
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
        <translation>成员数</translation>
    </message>
    <message>
        <source>Meta batch</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>元学习批大小</translation>
    </message>
    <message>
        <source>Meta rate</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>元学习率</translation>
    </message>
    <message>
        <source>Metres around events where no negative is drawn.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Min samples</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>最少样本数</translation>
    </message>
    <message>
        <source>Mirror of Pythons</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>Python 镜像</translation>
    </message>
    <message>
        <source>Mode</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>模式</translation>
    </message>
    <message>
        <source>Model</source>
        <extracomment>Label of a parameter; Label of an advanced parameter; Text</extracomment>
        <translation>模型</translation>
    </message>
    <message>
        <source>Model type</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>模型类型</translation>
    </message>
    <message>
        <source>Months</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>月份</translation>
    </message>
    <message>
        <source>Mosaic</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>镶嵌</translation>
    </message>
    <message>
        <source>Most samples</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>最多样本数</translation>
    </message>
    <message>
        <source>Multispectral layers. Bands are known by name (their description, or the layer's name), not by order. The first layer gives the grid.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Name</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>名称</translation>
    </message>
    <message>
        <source>Name field</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>名称字段</translation>
    </message>
    <message>
        <source>Name of the region or province.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Names</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>名称</translation>
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
        <translation>年中的 NDVI</translation>
    </message>
    <message>
        <source>NDVI of all dates</source>
        <extracomment>Text</extracomment>
        <translation>所有日期的 NDVI</translation>
    </message>
    <message>
        <source>NDVI of bare soil</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>裸土的 NDVI</translation>
    </message>
    <message>
        <source>NDVI of full vegetation</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>全植被覆盖的 NDVI</translation>
    </message>
    <message>
        <source>Negatives for each event, in each stratum.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>networks and trees</source>
        <extracomment>Text</extracomment>
        <translation>神经网络和决策树</translation>
    </message>
    <message>
        <source>Next year</source>
        <extracomment>Text</extracomment>
        <translation>下一年</translation>
    </message>
    <message>
        <source>Night bands</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>夜间波段</translation>
    </message>
    <message>
        <source>Night lights (VIIRS)</source>
        <extracomment>Text</extracomment>
        <translation>夜间灯光 (VIIRS)</translation>
    </message>
    <message>
        <source>Night rasters</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>夜间栅格</translation>
    </message>
    <message>
        <source>Night sensor</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>夜间传感器</translation>
    </message>
    <message>
        <source>No data yet?</source>
        <extracomment>Text</extracomment>
        <translation>还没有数据？</translation>
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
        <translation>地形单元数</translation>
    </message>
    <message>
        <source>Number of events</source>
        <extracomment>Label of an output</extracomment>
        <translation>事件数</translation>
    </message>
    <message>
        <source>Number of factors</source>
        <extracomment>Label of an output</extracomment>
        <translation>因子数</translation>
    </message>
    <message>
        <source>Number of negatives</source>
        <extracomment>Label of an output</extracomment>
        <translation>负样本数</translation>
    </message>
    <message>
        <source>Number of primary units</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>初级单元数</translation>
    </message>
    <message>
        <source>Number of problems</source>
        <extracomment>Label of an output</extracomment>
        <translation>问题数</translation>
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
        <translation>其中位于适用区域之外的数量</translation>
    </message>
    <message>
        <source>Official city field</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>官方市字段</translation>
    </message>
    <message>
        <source>Official code field</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>官方代码字段</translation>
    </message>
    <message>
        <source>Official county field</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>官方县字段</translation>
    </message>
    <message>
        <source>Official name field</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>官方名称字段</translation>
    </message>
    <message>
        <source>Official places</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>官方地名录</translation>
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
        <translation>打开一个示例工程</translation>
    </message>
    <message>
        <source>Open the sample project</source>
        <extracomment>Text</extracomment>
        <translation>打开示例工程</translation>
    </message>
    <message>
        <source>Order</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>适配阶数</translation>
    </message>
    <message>
        <source>Orders of the factors that networks are asked in at least; more follow, up to 1000, until they agree.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Origin</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>起始年份</translation>
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
        <translation>输出文件夹</translation>
    </message>
    <message>
        <source>Overall accuracy</source>
        <extracomment>Label of an output</extracomment>
        <translation>总体精度</translation>
    </message>
    <message>
        <source>Overall accuracy of a map of classes</source>
        <extracomment>Label of an output</extracomment>
        <translation>分类图的总体精度</translation>
    </message>
    <message>
        <source>Package index</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>软件包索引</translation>
    </message>
    <message>
        <source>Pairs that a random search tries.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pairs whose main score differs beyond chance</source>
        <extracomment>Label of an output</extracomment>
        <translation>主要指标差异超出偶然的对数</translation>
    </message>
    <message>
        <source>Parameter search</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>参数搜索</translation>
    </message>
    <message>
        <source>Parcel classes</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>地块类别</translation>
    </message>
    <message>
        <source>Parcels</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>地块</translation>
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
        <translation>影像块大小</translation>
    </message>
    <message>
        <source>Patch storage</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>影像块存储</translation>
    </message>
    <message>
        <source>Patches</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>影像块数</translation>
    </message>
    <message>
        <source>Patience</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>早停轮数</translation>
    </message>
    <message>
        <source>Period</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>时段</translation>
    </message>
    <message>
        <source>Pixel weights</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>像元权重</translation>
    </message>
    <message>
        <source>Pixels around the samples are kept on disk while the run lasts. float16 takes half of the room and keeps three digits of each value.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Placebo</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>对照地图（无变化）</translation>
    </message>
    <message>
        <source>Places</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>地点</translation>
    </message>
    <message>
        <source>Places to propose.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Platform</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>平台</translation>
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
        <translation>多边形</translation>
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
        <translation>有数据的多边形数</translation>
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
        <translation>估计精度</translation>
    </message>
    <message>
        <source>Predictions</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>样本预测值</translation>
    </message>
    <message>
        <source>Predictions of the experts</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>专家模型的预测</translation>
    </message>
    <message>
        <source>Predictions of the global model</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>全局模型的预测</translation>
    </message>
    <message>
        <source>Predicts the shares of units without labels from their attributes, and says how sure each prediction is.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>根据属性预测没有标签的单元的占比，并给出每个预测的可靠程度。</translation>
    </message>
    <message>
        <source>Preparation</source>
        <extracomment>Group of tools</extracomment>
        <translation>数据准备</translation>
    </message>
    <message>
        <source>Pretrain</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>预训练</translation>
    </message>
    <message>
        <source>Prevalence</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>发生率</translation>
    </message>
    <message>
        <source>Primary field</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>初级单元字段</translation>
    </message>
    <message>
        <source>Primary units</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>初级单元</translation>
    </message>
    <message>
        <source>Probabilities</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>概率（各类别）</translation>
    </message>
    <message>
        <source>Probability</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>概率</translation>
    </message>
    <message>
        <source>Probability field</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>入样概率字段</translation>
    </message>
    <message>
        <source>Project</source>
        <extracomment>Label of an output</extracomment>
        <translation>工程</translation>
    </message>
    <message>
        <source>Projected, in metres, with an EPSG code. Empty: EPSG:6933, whose cells have equal areas.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Propose next samples</source>
        <extracomment>Title of a tool</extracomment>
        <translation>推荐新的采样点</translation>
    </message>
    <message>
        <source>Proposed places</source>
        <extracomment>Label of a parameter; Label of an output</extracomment>
        <translation>推荐地点</translation>
    </message>
    <message>
        <source>Proposes the places where the next field visits would improve the model most.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>推荐最能改进模型的下一批野外调查地点。</translation>
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
        <translation>Python 版本</translation>
    </message>
    <message>
        <source>Quality band</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>质量波段</translation>
    </message>
    <message>
        <source>Quantiles</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>分位数</translation>
    </message>
    <message>
        <source>Quick (smoke run)</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>快速（试运行）</translation>
    </message>
    <message>
        <source>Raster</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>栅格</translation>
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
        <translation>栅格</translation>
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
        <translation>比例</translation>
    </message>
    <message>
        <source>Recent models and reports</source>
        <extracomment>Text</extracomment>
        <translation>最近的模型和报告</translation>
    </message>
    <message>
        <source>Reference</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>参考数据</translation>
    </message>
    <message>
        <source>Reference crops</source>
        <extracomment>Text</extracomment>
        <translation>作物参考数据</translation>
    </message>
    <message>
        <source>Region field</source>
        <extracomment>Label of a parameter; Label of an advanced parameter</extracomment>
        <translation>区域字段</translation>
    </message>
    <message>
        <source>Region preset</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>区域预设</translation>
    </message>
    <message>
        <source>Regional model</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>区域模型</translation>
    </message>
    <message>
        <source>Regions</source>
        <extracomment>Label of a parameter; Label of an advanced parameter; Label of an output; Text</extracomment>
        <translation>区域</translation>
    </message>
    <message>
        <source>Regionwise: start here</source>
        <extracomment>Text</extracomment>
        <translation>Regionwise：从这里开始</translation>
    </message>
    <message>
        <source>Relief window</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>起伏度窗口</translation>
    </message>
    <message>
        <source>Repeats</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>重复次数</translation>
    </message>
    <message>
        <source>Report</source>
        <extracomment>Label of a parameter; Text</extracomment>
        <translation>报告</translation>
    </message>
    <message>
        <source>Resampling of layers on other grids</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>其他格网图层的重采样</translation>
    </message>
    <message>
        <source>Residual blocks for day, night and fusion; the reference has 3,3,5 (it sees 39 x 39 cells); 1,1,1 sees 15 x 15.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>RMSE of all years together</source>
        <extracomment>Label of an output</extracomment>
        <translation>所有年份合计的 RMSE</translation>
    </message>
    <message>
        <source>RMSE, 1 year ahead, all tested years together</source>
        <extracomment>Label of an output</extracomment>
        <translation>RMSE：提前 1 年，所有测试年份合计</translation>
    </message>
    <message>
        <source>Roles</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>波段角色</translation>
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
        <translation>规则</translation>
    </message>
    <message>
        <source>Run 'Install engine' (Processing Toolbox &gt; Regionwise &gt; Engine), or name a Python that has the packages in Settings &gt; Options &gt; Processing &gt; Providers &gt; Regionwise.</source>
        <extracomment>Text</extracomment>
        <translation>请运行“安装计算引擎”（处理工具箱 &gt; Regionwise &gt; 计算引擎），或在“设置 &gt; 选项 &gt; 处理 &gt; 数据源 &gt; Regionwise”中指定一个已装有所需软件包的 Python。</translation>
    </message>
    <message>
        <source>Sample</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>概率样本</translation>
    </message>
    <message>
        <source>Sample negatives</source>
        <extracomment>Title of a tool</extracomment>
        <translation>抽取负样本</translation>
    </message>
    <message>
        <source>Sample project: a forecast of next year</source>
        <extracomment>Text</extracomment>
        <translation>示例工程：下一年的预测</translation>
    </message>
    <message>
        <source>Sample project: an area with its error</source>
        <extracomment>Text</extracomment>
        <translation>示例工程：面积及其误差</translation>
    </message>
    <message>
        <source>Sample project: crops from a series of images</source>
        <extracomment>Text</extracomment>
        <translation>示例工程：由影像时间序列识别作物</translation>
    </message>
    <message>
        <source>Sample project: fractions from a series of images</source>
        <extracomment>Text</extracomment>
        <translation>示例工程：由影像时间序列得到丰度</translation>
    </message>
    <message>
        <source>Sample project: shares from images</source>
        <extracomment>Text</extracomment>
        <translation>示例工程：由影像得到占比</translation>
    </message>
    <message>
        <source>Sample project: where landslides are likely</source>
        <extracomment>Text</extracomment>
        <translation>示例工程：滑坡易发区</translation>
    </message>
    <message>
        <source>Sample series</source>
        <extracomment>Title of a tool</extracomment>
        <translation>按样本提取时间序列</translation>
    </message>
    <message>
        <source>Samples</source>
        <extracomment>Label of a parameter; Label of an output; Text</extracomment>
        <translation>样本</translation>
    </message>
    <message>
        <source>Samples nearer than this to a tested block or an unseen region do not train. Not set: as wide as keeps tested places out of training windows. Around strictly unseen regions never less than that.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Samples of crops</source>
        <extracomment>Text</extracomment>
        <translation>作物样本</translation>
    </message>
    <message>
        <source>Samples of fractions</source>
        <extracomment>Text</extracomment>
        <translation>丰度样本</translation>
    </message>
    <message>
        <source>Samples of shares</source>
        <extracomment>Text</extracomment>
        <translation>占比样本</translation>
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
        <translation>有占比的样本数</translation>
    </message>
    <message>
        <source>Samples with their problems.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sampling design</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>抽样设计</translation>
    </message>
    <message>
        <source>Says which of several models or maps is better on the same samples, and whether by more than chance.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>用相同的样本比较多个模型或地图哪个更好，并判断差异是否超出偶然。</translation>
    </message>
    <message>
        <source>Scale</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>数值缩放</translation>
    </message>
    <message>
        <source>Scores</source>
        <extracomment>Label of a parameter; Label of an advanced parameter</extracomment>
        <translation>精度指标</translation>
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
        <translation>脚本</translation>
    </message>
    <message>
        <source>Search</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>搜索</translation>
    </message>
    <message>
        <source>Search decays</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>搜索的权重衰减</translation>
    </message>
    <message>
        <source>Search rates</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>搜索的学习率</translation>
    </message>
    <message>
        <source>Seed</source>
        <extracomment>Label of a parameter; Label of an advanced parameter</extracomment>
        <translation>随机种子</translation>
    </message>
    <message>
        <source>Segment blocks</source>
        <extracomment>Title of a tool</extracomment>
        <translation>划分地形单元</translation>
    </message>
    <message>
        <source>Sensor</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>传感器</translation>
    </message>
    <message>
        <source>Series</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>时间序列</translation>
    </message>
    <message>
        <source>Series by date</source>
        <extracomment>Text</extracomment>
        <translation>按日期排列的时间序列</translation>
    </message>
    <message>
        <source>Series of indices</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>指数时间序列</translation>
    </message>
    <message>
        <source>Settlements only</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>仅居民点</translation>
    </message>
    <message>
        <source>Share of cells with an event in the world. Not set: as among the samples.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Share of cells within the outermost quantiles</source>
        <extracomment>Label of an output</extracomment>
        <translation>位于最外侧分位数之间的像元比例</translation>
    </message>
    <message>
        <source>Share of label vectors that repeat another one</source>
        <extracomment>Label of an output</extracomment>
        <translation>重复的标签向量的比例</translation>
    </message>
    <message>
        <source>Share of labels that the intervals should hold, as 0.9.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Share of missing values, if there is a report</source>
        <extracomment>Label of an output</extracomment>
        <translation>缺失值的比例（有报告时）</translation>
    </message>
    <message>
        <source>Share of the area to map inside the area of applicability</source>
        <extracomment>Label of an output</extracomment>
        <translation>制图区域中位于适用区域内的比例</translation>
    </message>
    <message>
        <source>Share of the cells that events cover</source>
        <extracomment>Label of an output</extracomment>
        <translation>事件覆盖的像元比例</translation>
    </message>
    <message>
        <source>Share of the values of a series that clouds hide.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Share that is claimed to have changed</source>
        <extracomment>Label of an output</extracomment>
        <translation>判定为变化的比例</translation>
    </message>
    <message>
        <source>Shares</source>
        <extracomment>Label of a parameter; Text</extracomment>
        <translation>占比</translation>
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
        <translation>每单元的标签数</translation>
    </message>
    <message>
        <source>Shows what a model file holds: bands, members, scores and how it was trained; or what a map says of its making.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>显示模型文件的内容：波段、成员、精度和训练方式；或地图记录的制作过程。</translation>
    </message>
    <message>
        <source>Shows which engine is used, its versions, whether the GPU really works, and how much memory and disk are free.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>显示所用的计算引擎及其版本、GPU 是否真正可用，以及剩余的内存和磁盘空间。</translation>
    </message>
    <message>
        <source>Side in cells</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>边长（像元数）</translation>
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
        <translation>模拟真值已知的区域</translation>
    </message>
    <message>
        <source>Size</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>样本量</translation>
    </message>
    <message>
        <source>Skill</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>预测技巧</translation>
    </message>
    <message>
        <source>Skill maps</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>预测技巧图</translation>
    </message>
    <message>
        <source>Skill over persistence</source>
        <extracomment>Label of an output</extracomment>
        <translation>相对持续性预测的技巧评分</translation>
    </message>
    <message>
        <source>Slope</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>坡度</translation>
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
        <translation>来源（索引或 wheel 文件夹）</translation>
    </message>
    <message>
        <source>Source field</source>
        <extracomment>Label of a parameter; Label of an advanced parameter</extracomment>
        <translation>来源字段</translation>
    </message>
    <message>
        <source>Standard deviation of each share, in all and by data and model; entropy; weight of the regional expert; mean deviation, which it opens on.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Standard error to expect of the share of the whole</source>
        <extracomment>Label of an output</extracomment>
        <translation>总体占比的预期标准误差</translation>
    </message>
    <message>
        <source>Standardise rasters</source>
        <extracomment>Title of a tool</extracomment>
        <translation>栅格标准化</translation>
    </message>
    <message>
        <source>Start field</source>
        <extracomment>Label of a parameter; Label of an advanced parameter</extracomment>
        <translation>开始日期字段</translation>
    </message>
    <message>
        <source>Start model</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>初始模型</translation>
    </message>
    <message>
        <source>stated: as fields and strata say; random: all cells of the map had the same chance.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Statistics</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>统计量</translation>
    </message>
    <message>
        <source>Statistics to apply</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>要应用的统计量</translation>
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
        <translation>分层</translation>
    </message>
    <message>
        <source>Stratify</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>分层方式</translation>
    </message>
    <message>
        <source>Stratum field</source>
        <extracomment>Label of a parameter; Label of an advanced parameter</extracomment>
        <translation>分层字段</translation>
    </message>
    <message>
        <source>Stream area</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>河网集水面积</translation>
    </message>
    <message>
        <source>Suffix rules</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>后缀规则</translation>
    </message>
    <message>
        <source>Summarise map</source>
        <extracomment>Title of a tool</extracomment>
        <translation>地图汇总</translation>
    </message>
    <message>
        <source>Summary</source>
        <extracomment>Label of a parameter; Label of an advanced parameter</extracomment>
        <translation>汇总</translation>
    </message>
    <message>
        <source>Susceptibility</source>
        <extracomment>Group of tools</extracomment>
        <translation>易发性</translation>
    </message>
    <message>
        <source>Susceptibility: from DEM and inventory to a map</source>
        <extracomment>Title of a tool</extracomment>
        <translation>易发性：从 DEM 和灾害编目到地图</translation>
    </message>
    <message>
        <source>SWIR</source>
        <extracomment>Text</extracomment>
        <translation>SWIR</translation>
    </message>
    <message>
        <source>SWIR of all dates</source>
        <extracomment>Text</extracomment>
        <translation>所有日期的 SWIR</translation>
    </message>
    <message>
        <source>Table</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>表格</translation>
    </message>
    <message>
        <source>Table of changes</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>变化表</translation>
    </message>
    <message>
        <source>Table of rules. Empty: those built in.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Table of shares</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>占比表</translation>
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
        <translation>目标字段</translation>
    </message>
    <message>
        <source>Tells the network where data are missing; the reference does not.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tells what each factor, such as rock or rain, adds to the answers of a susceptibility model, and where.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>说明每个因子（如岩性或降雨）对易发性模型结果的贡献，以及贡献所在的位置。</translation>
    </message>
    <message>
        <source>Terrain factors</source>
        <extracomment>Title of a tool</extracomment>
        <translation>地形因子</translation>
    </message>
    <message>
        <source>Test years</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>测试年份数</translation>
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
        <translation>计算引擎已安装。</translation>
    </message>
    <message>
        <source>The engine is not installed.</source>
        <extracomment>Text</extracomment>
        <translation>尚未安装计算引擎。</translation>
    </message>
    <message>
        <source>The engine is your own Python: {}</source>
        <extracomment>Text</extracomment>
        <translation>计算引擎使用您自己的 Python：{}</translation>
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
        <translation>虚拟栅格的文件名以 .vrt 结尾。</translation>
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
        <translation>处理器</translation>
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
        <translation>瓦片数</translation>
    </message>
    <message>
        <source>Tiles that were made again</source>
        <extracomment>Label of an output</extracomment>
        <translation>重新计算的瓦片数</translation>
    </message>
    <message>
        <source>Time budget (minutes)</source>
        <extracomment>Label of a parameter; Label of an advanced parameter</extracomment>
        <translation>时间预算（分钟）</translation>
    </message>
    <message>
        <source>Train abundance</source>
        <extracomment>Title of a tool</extracomment>
        <translation>训练丰度模型</translation>
    </message>
    <message>
        <source>Train composition</source>
        <extracomment>Title of a tool</extracomment>
        <translation>训练组成模型</translation>
    </message>
    <message>
        <source>Train crops</source>
        <extracomment>Title of a tool</extracomment>
        <translation>训练作物模型</translation>
    </message>
    <message>
        <source>Train forecast</source>
        <extracomment>Title of a tool</extracomment>
        <translation>训练预测模型</translation>
    </message>
    <message>
        <source>Train regions</source>
        <extracomment>Title of a tool</extracomment>
        <translation>训练区域模型</translation>
    </message>
    <message>
        <source>Train susceptibility</source>
        <extracomment>Title of a tool</extracomment>
        <translation>训练易发性模型</translation>
    </message>
    <message>
        <source>Trains a forecast of the next years of a vegetation index and tells how good it was on years it did not know.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>训练对植被指数未来几年的预测，并说明其在未见过的年份上的精度。</translation>
    </message>
    <message>
        <source>Trains a model of class fractions within each pixel from a time series of images with gaps, and tells how good it is.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>用有缺失的影像时间序列训练像元内各类别丰度的模型，并说明其精度。</translation>
    </message>
    <message>
        <source>Trains a model of how likely an event, such as a landslide, is at each place, and tells how good it is.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>训练各地事件（如滑坡）发生可能性的模型，并说明其精度。</translation>
    </message>
    <message>
        <source>Trains a model that predicts shares, such as kinds of land cover in each cell, from rasters, and tells how good it is.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>训练由栅格预测占比（如每个像元的土地覆盖类型）的模型，并说明其精度。</translation>
    </message>
    <message>
        <source>Trains a model that tells the class of pixels or fields, such as crop types, from a time series, and how good it is.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>训练由时间序列判断像元或田块类别（如作物类型）的模型，并说明其精度。</translation>
    </message>
    <message>
        <source>Trains one expert model for each region, and tells how well a model works in a region that it has never seen.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>为每个区域训练一个专家模型，并说明模型在从未见过的区域中的表现。</translation>
    </message>
    <message>
        <source>Trains one model for all and an expert model for each region, and maps shares with both together.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>训练一个全局模型和每个区域的专家模型，并将两者结合绘制占比地图。</translation>
    </message>
    <message>
        <source>Transitions</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>类别转移</translation>
    </message>
    <message>
        <source>trees only</source>
        <extracomment>Text</extracomment>
        <translation>仅决策树</translation>
    </message>
    <message>
        <source>Trials</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>试验次数</translation>
    </message>
    <message>
        <source>True crops</source>
        <extracomment>Text</extracomment>
        <translation>真实作物</translation>
    </message>
    <message>
        <source>True fractions</source>
        <extracomment>Text</extracomment>
        <translation>真实丰度</translation>
    </message>
    <message>
        <source>True probability</source>
        <extracomment>Text</extracomment>
        <translation>真实概率</translation>
    </message>
    <message>
        <source>True shares</source>
        <extracomment>Text</extracomment>
        <translation>真实占比</translation>
    </message>
    <message>
        <source>Truth</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>真值</translation>
    </message>
    <message>
        <source>Truth (simulated)</source>
        <extracomment>Text</extracomment>
        <translation>真值（模拟）</translation>
    </message>
    <message>
        <source>Turns the published weights of a known network into a model that the mapping tools can use.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>将已知网络公开发布的权重转换为制图工具可用的模型。</translation>
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
        <translation>不确定性</translation>
    </message>
    <message>
        <source>Uncertainty after</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>变化后的不确定性</translation>
    </message>
    <message>
        <source>Uncertainty before</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>变化前的不确定性</translation>
    </message>
    <message>
        <source>Undecided places</source>
        <extracomment>Label of a parameter; Label of an output</extracomment>
        <translation>未能判定的地点</translation>
    </message>
    <message>
        <source>uniform: anywhere in settlements. clustered: around 60 centres. clustered_broadcast: clustered, and all samples of a unit carry the unit's mean, as in official statistics.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unit</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>面积单位</translation>
    </message>
    <message>
        <source>Unit field</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>单元字段</translation>
    </message>
    <message>
        <source>Units</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>单元</translation>
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
        <translation>未匹配的地点</translation>
    </message>
    <message>
        <source>Validate map</source>
        <extracomment>Title of a tool</extracomment>
        <translation>验证地图</translation>
    </message>
    <message>
        <source>Validation</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>验证方式</translation>
    </message>
    <message>
        <source>Value</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>值</translation>
    </message>
    <message>
        <source>Values</source>
        <extracomment>Label of a parameter; Label of an advanced parameter</extracomment>
        <translation>数值</translation>
    </message>
    <message>
        <source>Verdict</source>
        <extracomment>Label of an output</extracomment>
        <translation>结论</translation>
    </message>
    <message>
        <source>Verdict, differences and tests.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Verify map</source>
        <extracomment>Title of a tool</extracomment>
        <translation>核查地图来源</translation>
    </message>
    <message>
        <source>Version {version}, {engine}, for {device}.</source>
        <extracomment>Text</extracomment>
        <translation>版本 {version}，{engine}，用于{device}。</translation>
    </message>
    <message>
        <source>Weak field</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>弱标签字段</translation>
    </message>
    <message>
        <source>Weak weight</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>弱标签权重</translation>
    </message>
    <message>
        <source>Weigh regions</source>
        <extracomment>Title of a tool</extracomment>
        <translation>确定区域权重</translation>
    </message>
    <message>
        <source>Weighing years</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>加权年份数</translation>
    </message>
    <message>
        <source>Weight decay</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>权重衰减</translation>
    </message>
    <message>
        <source>Weight decays to try.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Weight field</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>权重字段</translation>
    </message>
    <message>
        <source>Weight files</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>权重文件</translation>
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
        <translation>权重</translation>
    </message>
    <message>
        <source>Wetness</source>
        <extracomment>Text</extracomment>
        <translation>湿度指数</translation>
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
        <translation>使用的模型</translation>
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
        <translation>网络宽度</translation>
    </message>
    <message>
        <source>Window</source>
        <extracomment>Label of a parameter; Label of an advanced parameter</extracomment>
        <translation>时间窗口</translation>
    </message>
    <message>
        <source>Windows</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>窗口</translation>
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
        <translation>编写 Google Earth Engine 脚本，生成某一区域的日间和夜间栅格。</translation>
    </message>
    <message>
        <source>Writes it, too, for models that learned it as plan_curvature.</source>
        <extracomment>Help of a parameter</extracomment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Writes simulated data and a styled QGIS project, ready for its first map, in under a minute.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>在一分钟内写出模拟数据和已设置样式的 QGIS 工程，可直接制作第一张地图。</translation>
    </message>
    <message>
        <source>Writes the mean shares of a map over polygons, such as counties or parcels, with their error where the model tells it.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>计算地图在多边形（如县或地块）内的平均占比，并在模型提供时给出误差。</translation>
    </message>
    <message>
        <source>Writes the values of a time series at your samples as a table, each sample in its own span of dates.</source>
        <extracomment>First sentence of a help page</extracomment>
        <translation>将样本处的时间序列值写成表格，每个样本取自己的日期范围。</translation>
    </message>
    <message>
        <source>Year</source>
        <extracomment>Label of an advanced parameter</extracomment>
        <translation>年份</translation>
    </message>
    <message>
        <source>Years</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>年份</translation>
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
        <translation>零值</translation>
    </message>
    <message>
        <source>Zone field</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>分区字段</translation>
    </message>
    <message>
        <source>Zones</source>
        <extracomment>Label of a parameter</extracomment>
        <translation>分区</translation>
    </message>
    <message>
        <source>{} MB on disk.</source>
        <extracomment>Text</extracomment>
        <translation>占用磁盘 {} MB。</translation>
    </message>
</context>
</TS>
